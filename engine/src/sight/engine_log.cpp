#include "engine_log.hpp"

#include <array>
#include <cstddef>
#include <utility>

namespace aisle {

std::string_view to_string(log_level l) noexcept {
    switch (l) {
        case log_level::debug: return "debug";
        case log_level::info: return "info";
        case log_level::warning: return "warning";
        case log_level::error: return "error";
        case log_level::off: return "off";
    }
    return "";
}

namespace detail {

engine_log::engine_log(log_options options)
    : hook_(std::move(options.hook)),
      // With `off`, wants() is false for all events: none has a higher level.
      least_(hook_ && options.level < log_level::off ? options.level : log_level::off) {}

void engine_log::tell(log_level l, std::string_view event, std::initializer_list<log_fact> facts) noexcept {
    if (l == log_level::off || !wants(l)) return;
    constexpr std::size_t most_facts = 12;
    std::array<log_field, most_facts> fields{};
    std::size_t count = 0;
    for (auto const& f : facts)
        if (count < most_facts) fields[count++] = f;
    inside_.fetch_add(1, std::memory_order_relaxed);
    try {
        hook_(l, event, std::span(fields.data(), count));
    } catch (...) {  // ignored, see log.hpp
    }
    if (inside_.fetch_sub(1, std::memory_order_relaxed) == 1 && !wants(log_level::error)) close();
}

void engine_log::close() noexcept {
    least_.store(log_level::off, std::memory_order_relaxed);
    if (inside_.load(std::memory_order_relaxed) > 0) return;
    log_hook const last = std::exchange(hook_, nullptr);
}

}  // namespace detail
}  // namespace aisle
