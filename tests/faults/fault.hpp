#pragma once

#include <aisle/result.hpp>

#include <array>
#include <chrono>
#include <cstdint>
#include <functional>
#include <limits>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace aisle::faults {

/// What the relay can do to one answer.
enum class fault_kind : std::uint8_t {
    none,       ///< "none": it passes unchanged
    cut,        ///< "cut": the connection is closed before byte `at`
    delay,      ///< "delay": nothing of it is passed for `wait`
    stall,      ///< "stall": nothing is passed from byte `at` on, for `wait`; the connection stays open
    trickle,    ///< "trickle": from byte `at` on one byte is passed every `wait`
    flip,       ///< "flip": bit `bit` of byte `at` is flipped
    duplicate,  ///< "duplicate": up to `length` bytes from byte `at` on are passed twice
    refuse,     ///< "refuse": the relay answers `status` itself; the request is not passed on
    drop,       ///< "drop": the connection is closed as the request comes, as one that was idle for too long is
    hang_up     ///< "hang-up": the connection is closed right behind the answer's last byte, unannounced
};
inline constexpr std::size_t fault_kinds = 10;

/// What the bytes of `at` are counted from.
enum class counted : std::uint8_t {
    from_head,  ///< the answer's first byte, head and chunk lines included
    from_body   ///< the body's first byte, chunk lines left out
};

/// One thing to do to one answer. What lies behind the answer's end does nothing. A plain value.
struct fault {
    fault_kind kind = fault_kind::none;
    std::uint64_t at = 0;
    counted from = counted::from_head;
    /// Connections are closed by a reset instead of a clean end.
    bool by_reset = false;
    std::chrono::milliseconds wait{0};
    std::uint64_t length = 1;
    unsigned bit = 0;
    int status = 503;
    /// The Retry-After of a refusal, in seconds; negative: none.
    int retry_after = -1;
};

/// Waits "for ever", until the client gives up.
inline constexpr std::chrono::milliseconds for_ever{std::chrono::hours{24}};

/// A request that has come, and what is known of it. Valid during the call it is passed to.
struct exchange {
    /// Number of the node it is for: 0 and on for those the relay was given, then targets and other proxies in the
    /// order in which answers named them.
    unsigned node = 0;
    std::uint64_t connection = 0;     ///< number of the connection, of all the relay took
    std::uint64_t on_connection = 0;  ///< requests on that connection before it
    std::string_view method = {};
    std::string_view target = {};  ///< path and query
    std::string_view body = {};    ///< empty where it is chunked or over 4 MiB
    /// By a proxy's redirect, as its query tells: the answer is the data.
    bool redirected = false;
};

/// What is to be done. Both are called on the relay's thread and must not block; an empty one does nothing.
struct plan {
    std::function<fault(exchange const&)> on_request = {};
    /// True: the connection, just accepted for this node, is reset.
    std::function<bool(unsigned node)> on_accept = {};
};

/// A fault and which requests meet it, as text has it.
struct fault_rule {
    fault what = {};
    /// The requests number every-1, 2*every-1, .. of those that were sent on by a redirect (of all, for refusals and
    /// drops), counted from 0.
    std::uint64_t every = 1;
    std::uint64_t times = std::numeric_limits<std::uint64_t>::max();
};

/// "cut", "refuse", ..
std::string_view to_string(fault_kind kind) noexcept;
/// The kind of that name; nothing for any other text.
std::optional<fault_kind> kind_of(std::string_view name) noexcept;

/// Reads rules joined by commas, each `KIND[!][@AT][:NUMBER[:NUMBER]][/EVERY][xTIMES]`. `!` closes by reset; AT is
/// counted from the head, with a `b` in front from the body. The numbers are milliseconds (delay, stall, trickle), the
/// bit (flip), the bytes (duplicate), status and Retry-After (refuse): `cut!@b1000/3`, `refuse:429:1x5`,
/// `delay:200`. errc::invalid_argument names what it does not know.
result<std::vector<fault_rule>> parse_rules(std::string_view text);

/// The plan that follows rules; the first one that applies counts.
plan by_rules(std::vector<fault_rule> rules);

}  // namespace aisle::faults
