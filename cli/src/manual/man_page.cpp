#include "man_page.hpp"

#include <algorithm>
#include <cctype>

namespace aisle::cli {
namespace {

// Hyphens and backslashes as they are, so that options can be copied; a line must not start with a control character.
std::string escaped(std::string_view text) {
    std::string out;
    bool at_start = true;
    for (char const c : text) {
        if (at_start && (c == '.' || c == '\'')) out += "\\&";
        if (c == '\\')
            out += "\\e";
        else if (c == '-')
            out += "\\-";
        else
            out += c;
        at_start = c == '\n';
    }
    return out;
}

std::string upper(std::string text) {
    std::ranges::transform(text, text.begin(), [](unsigned char c) { return static_cast<char>(std::toupper(c)); });
    return text;
}

std::string heading(std::string_view title) {
    return ".SH \"" + std::string(title) + "\"\n";
}

std::string title(std::string const& page, std::string_view version) {
    return ".TH " + upper(page) + " 1 \"\" \"aisle " + std::string(version) + "\" \"User Commands\"\n";
}

std::string option_text(option_definition const& o) {
    std::string out = ".TP\n";
    for (auto const& name : o.names) out += (&name == &o.names.front() ? "\\fB" : ", \\fB") + escaped(name) + "\\fR";
    if (!o.value.empty()) out += " \\fI" + escaped(o.value) + "\\fR" + (o.repeated ? " ..." : "");
    out += '\n' + escaped(o.description) + ".";
    if (!o.default_text.empty()) out += " Default: " + escaped(o.default_text) + ".";
    if (!o.variable.empty()) out += " Environment variable: " + escaped(o.variable) + ".";
    return out + '\n';
}

std::string options_text(command_definition const& command) {
    std::string out;
    std::vector<std::string> groups;
    for (auto const& o : command.options) {
        auto const group = o.positional ? std::string("Arguments") : o.group;
        if (std::ranges::find(groups, group) == groups.end()) groups.push_back(group);
    }
    for (auto const& group : groups) {
        out += heading(upper(group));
        for (auto const& o : command.options)
            if ((o.positional ? "Arguments" : o.group) == group) out += option_text(o);
    }
    return out;
}

std::string synopsis(command_definition const& command) {
    std::string out = heading("SYNOPSIS") + "\\fBaisle " + escaped(command.name) + "\\fR [\\fIOPTION\\fR ...]";
    for (auto const& o : command.options) {
        if (!o.positional) continue;
        auto text =
            "\\fI" + escaped(o.value.empty() ? upper(o.names.front()) : o.value) + "\\fR" + (o.repeated ? " ..." : "");
        out += ' ' + (o.required ? text : "[" + text + "]");
    }
    return out + '\n';
}

// The footer of the help is laid out by hand: it stays as it is, cut at the headings that a man page has.
std::string footer_text(std::string_view footer) {
    std::string out;
    auto const section = [&out](std::string_view name, std::string_view text) {
        while (text.starts_with('\n')) text.remove_prefix(1);
        while (text.ends_with('\n')) text.remove_suffix(1);
        if (!text.empty()) out += heading(name) + ".nf\n" + escaped(text) + "\n.fi\n";
    };
    constexpr std::string_view code_mark = "Exit code: ";
    constexpr std::string_view examples_mark = "Examples:\n";
    auto const examples = std::min(footer.find(examples_mark), footer.size());
    auto const code = std::min(footer.substr(0, examples).find(code_mark), examples);
    section("DESCRIPTION", footer.substr(0, code));
    if (code < examples)
        section("EXIT STATUS", footer.substr(code + code_mark.size(), examples - code - code_mark.size()));
    if (examples < footer.size()) section("EXAMPLES", footer.substr(examples + examples_mark.size()));
    return out;
}

}  // namespace

std::string man_page(command_definition const& command, std::string_view version) {
    auto const page = "aisle-" + command.name;
    return title(page, version) + heading("NAME") + escaped(page) + " \\- " + escaped(command.description) + "\n" +
           synopsis(command) + footer_text(command.footer) + options_text(command) + heading("SEE ALSO") +
           ".BR aisle (1)\n";
}

std::string man_page(std::vector<command_definition> const& commands, std::string_view version) {
    auto const& root = commands.front();
    std::string list;
    std::string pages;
    for (auto const& command : commands) {
        if (command.name.empty()) continue;
        list += ".TP\n\\fBaisle " + escaped(command.name) + "\\fR\n" + escaped(command.description) + ".\n";
        pages += (pages.empty() ? "" : ",\n") + (".BR aisle\\-" + escaped(command.name)) + " (1)";
    }
    return title("aisle", version) + heading("NAME") + "aisle \\- " + escaped(root.description) + "\n" +
           heading("SYNOPSIS") + "\\fBaisle\\fR \\fICOMMAND\\fR [\\fIOPTION\\fR ...]\n" + footer_text(root.footer) +
           heading("COMMANDS") + list + options_text(root) + heading("SEE ALSO") + pages + "\n";
}

}  // namespace aisle::cli
