#pragma once

#include "command_definition.hpp"

#include <string>
#include <string_view>
#include <vector>

namespace aisle::cli {

inline std::string joined(std::vector<std::string> const& words, std::string_view separator) {
    std::string out;
    for (auto const& word : words) {
        if (!out.empty()) out += separator;
        out += word;
    }
    return out;
}

/// Completion scripts, generated from the definitions of the command line. Each completes subcommands, options, the
/// words and files that are their values, and files as arguments.

/// For bash; needs nothing but bash itself. Load it with: source <(aisle completions bash)
std::string bash_completion(std::vector<command_definition> const& commands);
/// For zsh; a file _aisle in a folder of $fpath.
std::string zsh_completion(std::vector<command_definition> const& commands);
/// For fish; a file aisle.fish in a completions folder.
std::string fish_completion(std::vector<command_definition> const& commands);

}  // namespace aisle::cli
