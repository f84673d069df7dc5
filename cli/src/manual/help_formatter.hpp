#pragma once

#include <CLI/CLI.hpp>

#include <string>

namespace aisle::cli {

/// Formats the help texts: each option with its value, then what it does, its default and its environment variable, in
/// lines of at most 100 columns.
class help_formatter : public CLI::Formatter {
public:
    help_formatter();

    std::string make_option_opts(CLI::Option const* option) const override;
    std::string make_option_desc(CLI::Option const* option) const override;
};

/// Breaks text between words into lines of at most `columns` characters, joined by line feeds. A longer word gets its
/// own line.
std::string wrapped(std::string const& text, std::size_t columns);

}  // namespace aisle::cli
