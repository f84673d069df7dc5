#include "duration_flag.hpp"

#include "../text/quantity.hpp"

#include <CLI/CLI.hpp>

namespace aisle::cli {
namespace {

std::string duration_text(std::chrono::milliseconds t) {
    auto const ms = t.count();
    if (ms % 60'000 == 0 && ms > 0) return std::to_string(ms / 60'000) + "m";
    if (ms % 1'000 == 0) return std::to_string(ms / 1'000) + "s";
    return std::to_string(ms) + "ms";
}

}  // namespace

CLI::Option* add_duration_flag(CLI::App& command, std::string name, std::chrono::milliseconds& into, std::string help,
                               std::chrono::milliseconds least) {
    return command
        .add_option_function<std::string>(
            name,
            [name, &into, least](std::string const& text) {
                auto const t = parse_duration(text);
                if (!t || *t < least)
                    throw CLI::ValidationError(name, "'" + text + "' is not a time: write 500ms, 30s, 10m or 2h");
                into = *t;
            },
            std::move(help))
        ->type_name("TIME")
        ->default_str(duration_text(into));
}

}  // namespace aisle::cli
