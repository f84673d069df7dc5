#include "help_formatter.hpp"

#include "command_definition.hpp"

#include <sstream>

namespace aisle::cli {
namespace {

constexpr std::size_t name_columns = 30;
constexpr std::size_t help_columns = 100;

// CLI11 returns const options, and has no const access to their validators.
option_definition definition(CLI::Option const* option) {
    return definition_of(const_cast<CLI::Option&>(*option));
}

}  // namespace

help_formatter::help_formatter() {
    column_width(name_columns);
}

std::string help_formatter::make_option_opts(CLI::Option const* option) const {
    auto const o = definition(option);
    if (o.value.empty()) return {};
    return " " + o.value + (o.repeated ? " ..." : "");
}

std::string help_formatter::make_option_desc(CLI::Option const* option) const {
    auto const o = definition(option);
    auto text = o.description;
    if (!o.default_text.empty()) text += " (default: " + o.default_text + ")";
    if (!o.variable.empty()) text += " (variable: " + o.variable + ")";
    if (o.required) text += " (required)";
    return wrapped(text, help_columns - name_columns);
}

std::string wrapped(std::string const& text, std::size_t columns) {
    std::istringstream words(text);
    std::string out;
    std::size_t used = 0;
    for (std::string word; words >> word;) {
        if (used > 0 && used + 1 + word.size() > columns) {
            out += '\n';
            used = 0;
        }
        if (used > 0) {
            out += ' ';
            ++used;
        }
        out += word;
        used += word.size();
    }
    return out;
}

}  // namespace aisle::cli
