#pragma once

#include <aisle/log.hpp>

#include <atomic>
#include <concepts>
#include <initializer_list>
#include <string_view>

namespace aisle::detail {

/// "key", value: a field made from any number, or from text that outlives the call.
struct log_fact : log_field {
    log_fact(std::string_view k, std::string_view text) : log_field{k, text} {}
    template <std::unsigned_integral N>
    log_fact(std::string_view k, N n) : log_field{k, std::uint64_t{n}} {}
    template <std::signed_integral N>
    log_fact(std::string_view k, N n) : log_field{k, std::int64_t{n}} {}
    log_fact(std::string_view k, double n) : log_field{k, n} {}
};

/// Passes events of the engine's parts to the log hook. Thread-safe. Nothing is called under a lock.
///
/// A caller that has to create text for an event checks wants() first, so that unused events allocate nothing.
class engine_log {
public:
    explicit engine_log(log_options options);

    bool wants(log_level l) const noexcept { return l >= least_.load(std::memory_order_relaxed); }
    /// Ignores exceptions of the hook.
    void tell(log_level l, std::string_view event, std::initializer_list<log_fact> facts) noexcept;
    /// Passes no more events, and destroys the hook: now, or if it is running on this thread, after it has returned.
    /// Precondition: no other thread is in tell().
    void close() noexcept;

private:
    log_hook hook_;
    std::atomic<log_level> least_;
    std::atomic<unsigned> inside_{0};
};

}  // namespace aisle::detail
