#include "../commands.hpp"
#include "../output/file_writer.hpp"
#include "completion.hpp"

#include <CLI/CLI.hpp>

#include <memory>

namespace aisle::cli {
namespace {

constexpr char const* examples =
    R"(Completes commands, options, and files and words as their values. The script is generated from the definitions of
this command line, so it always matches the installed version.

Examples:
  source <(aisle completions bash)      # for this shell; or in ~/.bashrc
  aisle completions zsh > ~/.zfunc/_aisle
  aisle completions fish > ~/.config/fish/completions/aisle.fish)";

}  // namespace

std::function<exit_code()> add_completions(CLI::App& app) {
    auto* const command = app.add_subcommand("completions", "Print a completion script for a shell");
    auto const shell = std::make_shared<std::string>();
    command->add_option("shell", *shell, "The shell")
        ->required()
        ->check(CLI::IsMember({"bash", "zsh", "fish"}))
        ->type_name("bash|zsh|fish");
    command->footer(examples);
    return [shell, &app] {
        auto const commands = definitions_of(app);
        file_writer out("-", publish::immediately);
        out.write(*shell == "bash"  ? bash_completion(commands)
                  : *shell == "zsh" ? zsh_completion(commands)
                                    : fish_completion(commands));
        out.finish();
        return exit_code::success;
    };
}

}  // namespace aisle::cli
