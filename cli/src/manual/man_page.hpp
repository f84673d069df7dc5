#pragma once

#include "command_definition.hpp"

#include <string>
#include <string_view>
#include <vector>

namespace aisle::cli {

/// The man page of the command, in roff (man(7) macros): commands.front() with the list of subcommands.
std::string man_page(std::vector<command_definition> const& commands, std::string_view version);
/// The man page of a subcommand.
std::string man_page(command_definition const& command, std::string_view version);

}  // namespace aisle::cli
