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
    delay,      ///< "delay": the answer is delayed by `wait`
    stall,      ///< "stall": no byte from `at` on passes for `wait`; the connection stays open
    trickle,    ///< "trickle": from byte `at` on one byte passes every `wait`
    flip,       ///< "flip": bit `bit` of byte `at` is flipped
    duplicate,  ///< "duplicate": up to `length` bytes from byte `at` on are sent twice
    refuse,     ///< "refuse": the relay answers `status` itself; the request is not passed on
    drop,       ///< "drop": the connection is closed when the request arrives, like one that was idle for too long
    hang_up     ///< "hang-up": the connection is closed right after the answer's last byte, unannounced
};
inline constexpr std::size_t fault_kinds = 10;

/// The origin of `at`.
enum class counted : std::uint8_t {
    from_head,  ///< the answer's first byte; head and chunk lines count
    from_body   ///< the body's first byte; chunk lines do not count
};

/// One thing to do to one answer. Positions after the answer's end have no effect. A plain value.
struct fault {
    fault_kind kind = fault_kind::none;
    std::uint64_t at = 0;
    counted from = counted::from_head;
    /// Connections are closed by a reset instead of cleanly.
    bool by_reset = false;
    std::chrono::milliseconds wait{0};
    std::uint64_t length = 1;
    unsigned bit = 0;
    int status = 503;
    /// The Retry-After of a refusal, in seconds; negative: none.
    int retry_after = -1;
    /// Called on the relay's thread when it happens; not for one whose answer ends before. May be empty.
    std::function<void()> on_happened = {};
};

/// Waits without limit, until the client gives up.
inline constexpr std::chrono::milliseconds for_ever{std::chrono::hours{24}};

/// A received request. Valid during the call that it is passed to.
struct exchange {
    /// Number of its node: first those given to the relay, from 0, then targets and other proxies in the order in which
    /// answers named them.
    unsigned node = 0;
    std::uint64_t connection = 0;     ///< number of the connection, of all that the relay accepted
    std::uint64_t on_connection = 0;  ///< earlier requests on that connection
    std::string_view method = {};
    std::string_view target = {};  ///< path and query
    std::string_view body = {};    ///< empty if it is chunked or over 4 MiB
    /// It was redirected by a proxy, according to its query: the answer is the data.
    bool redirected = false;
};

/// What to do. Both are called on the relay's thread and must not block; an empty one does nothing.
struct plan {
    std::function<fault(exchange const&)> on_request = {};
    /// True: the connection, just accepted for this node, is reset.
    std::function<bool(unsigned node)> on_accept = {};
};

/// A fault and the requests that it applies to, as parsed from text.
struct fault_rule {
    fault what = {};
    /// Applies to the requests number every-1, 2*every-1, ... of the redirected ones (of all, for refusals and drops),
    /// counted from 0.
    std::uint64_t every = 1;
    std::uint64_t times = std::numeric_limits<std::uint64_t>::max();
};

/// "cut", "refuse", ...
std::string_view to_string(fault_kind kind) noexcept;
/// The kind of that name; nullopt for other text.
std::optional<fault_kind> kind_of(std::string_view name) noexcept;

/// Parses rules separated by commas, each `KIND[!][@AT][:NUMBER[:NUMBER]][/EVERY][xTIMES]`. `!` closes by reset; AT
/// counts from the head, with a leading `b` from the body. The numbers are milliseconds (delay, stall, trickle), the
/// bit (flip), the bytes (duplicate), status and Retry-After (refuse): `cut!@b1000/3`, `refuse:429:1x5`, `delay:200`.
/// errc::invalid_argument names the part that is invalid.
result<std::vector<fault_rule>> parse_rules(std::string_view text);

/// A plan that follows rules; the first one that applies is used.
plan by_rules(std::vector<fault_rule> rules);

}  // namespace aisle::faults
