#pragma once

#include <string>
#include <vector>

namespace CLI {
class App;
class Option;
}  // namespace CLI

namespace aisle::cli {

/// What an option's value is completed with.
enum class value_kind {
    none,    ///< the option has no value
    text,    ///< nothing
    choice,  ///< one of option_definition::choices
    file,
    folder
};

/// An option or a positional argument, as it was defined in CLI11.
struct option_definition {
    std::vector<std::string> names;  ///< "--input", "-h"; of a positional argument, its name
    bool positional = false;
    bool required = false;
    bool repeated = false;  ///< may have several values
    std::string value;      ///< what the help calls its value, such as "FILE|-"; empty for a flag
    value_kind kind = value_kind::none;
    std::vector<std::string> choices;  ///< of a value "stream|multipart"
    std::string description;
    std::string group;  ///< "Options", "Security", ...
    std::string default_text;
    std::string variable;  ///< environment variable; empty: none
};

/// A subcommand, or with an empty name the command itself.
struct command_definition {
    std::string name;
    std::string description;
    std::string footer;  ///< what follows the options in the help
    std::vector<option_definition> options;
};

/// The definition of an option. Its value comes without the ranges and lists that CLI11 appends to it.
option_definition definition_of(CLI::Option& option);

/// The definitions of the command and of all its subcommands, in the order of the help; the command itself is first.
/// Completions and man pages are generated from them, so that they always match the command line.
std::vector<command_definition> definitions_of(CLI::App& app);

}  // namespace aisle::cli
