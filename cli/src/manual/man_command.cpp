#include "../commands.hpp"
#include "../output/file_writer.hpp"
#include "../text/printable.hpp"
#include "../usage_error.hpp"
#include "man_page.hpp"

#include <CLI/CLI.hpp>

#include <algorithm>
#include <filesystem>
#include <memory>
#include <system_error>

namespace aisle::cli {
namespace {

constexpr char const* examples =
    R"(The page is generated from the definitions of this command line, so it always matches the installed version.

Examples:
  aisle man | man -l -
  aisle man get > aisle-get.1
  aisle man --all /usr/local/share/man/man1)";

struct man_options {
    std::string command;
    std::string folder;
};

void write_page(std::string path, publish when, std::string const& page) {
    file_writer out(std::move(path), when);
    out.write(page);
    out.finish();
}

void write_pages(std::string const& folder, std::vector<command_definition> const& commands,
                 std::string const& version) {
    std::error_code code;
    std::filesystem::create_directories(folder, code);
    if (code) throw run_error("cannot write to the folder '" + printable(folder) + "': " + code.message());
    write_page(folder + "/aisle.1", publish::when_complete, man_page(commands, version));
    for (auto const& command : commands)
        if (!command.name.empty())
            write_page(folder + "/aisle-" + command.name + ".1", publish::when_complete, man_page(command, version));
}

std::string page_of(std::vector<command_definition> const& commands, std::string const& name,
                    std::string const& version) {
    if (name.empty()) return man_page(commands, version);
    auto const at = std::ranges::find(commands, name, &command_definition::name);
    if (at == commands.end()) throw usage_error("'" + printable(name) + "' is not a command: see aisle --help");
    return man_page(*at, version);
}

}  // namespace

std::function<exit_code()> add_man(CLI::App& app, std::string version) {
    auto* const command = app.add_subcommand("man", "Print a man page");
    auto const o = std::make_shared<man_options>();
    auto* const name =
        command->add_option("command", o->command, "The subcommand; default: aisle itself")->type_name("COMMAND");
    command->add_option("--all", o->folder, "Write all pages to files in a folder instead")
        ->excludes(name)
        ->type_name("DIR");
    command->footer(examples);
    return [o, version = std::move(version), &app] {
        auto const commands = definitions_of(app);
        if (o->folder.empty())
            write_page("-", publish::immediately, page_of(commands, o->command, version));
        else
            write_pages(o->folder, commands, version);
        return exit_code::success;
    };
}

}  // namespace aisle::cli
