#pragma once

#include <functional>
#include <map>
#include <stdexcept>
#include <string>

/// Parses command line arguments of the form name=value. known: sets the value of each name. Throws std::runtime_error
/// for any other argument.
inline void read_named_values(int argc, char** argv,
                              std::map<std::string, std::function<void(char const*)>> const& known) {
    for (int i = 1; i < argc; ++i) {
        std::string const argument = argv[i];
        auto const equals = argument.find('=');
        auto const which = known.find(argument.substr(0, equals));
        if (equals == argument.npos || which == known.end()) throw std::runtime_error("unknown option: " + argument);
        which->second(argument.c_str() + equals + 1);
    }
}
