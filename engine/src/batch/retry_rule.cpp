#include "retry_rule.hpp"

#include <algorithm>
#include <array>
#include <string_view>

namespace aisle::detail {
namespace {

using std::chrono::milliseconds;

// Attempts before a request is thought to hold a bad entry: another designated target may do better.
constexpr unsigned attempts_as_it_is = 2;
// Plain GETs that end badly for no stated reason before it is the entry's own fault.
constexpr unsigned plain_attempts = 5;
// The same where the bytes came well and were wrong.
constexpr unsigned plain_attempts_for_bytes = 2;

/// What a failure is by its nature.
enum class nature : std::uint8_t {
    passing,       ///< of the connection or the cluster's state: wait and ask again
    unfinished,    ///< a node that fails, or an entry that is bad: nobody can tell
    of_the_bytes,  ///< a sample's own bytes are wrong: on the way, or where they lie
    of_an_entry,   ///< the server refuses something in the request, and will again
    of_a_bucket,   ///< the server refuses a bucket, and with it the request
    final          ///< nothing that asking again could mend
};

bool says(error const& e, std::string_view words) {
    return e.server_text.find(words) != std::string::npos;
}

// AIStore answers 400 to a client's mistake and to a failure between its nodes alike; the words tell.
bool is_cluster_trouble(error const& e) {
    static constexpr std::array<std::string_view, 10> words{
        "abort",       "failed to call", "connection refused", "connection reset",  "broken pipe",
        "i/o timeout", "hole",           "timed out",          "deadline exceeded", "different Smap"};
    return std::ranges::any_of(words, [&](std::string_view w) { return says(e, w); });
}

nature nature_of_status(error const& e) {
    switch (e.http_status) {
        case 400:
            // AIStore behaviour: a primary proxy that was restarted has no targets until they have joined it again.
            if (e.server_code == "ErrNoNodes") return nature::passing;
            if (is_cluster_trouble(e)) return nature::unfinished;
            return e.server_code == "errUnknownMime" ? nature::final : nature::of_an_entry;
        case 401:
        case 405: return nature::final;
        case 403: return nature::of_a_bucket;
        case 404:
            // A redirect that was used up or has expired names its work item.
            if (says(e, "wid=")) return nature::passing;
            return e.server_code == "ErrBckNotFound" || e.server_code == "ErrRemoteBckNotFound" ? nature::of_a_bucket
                                                                                                : nature::of_an_entry;
        case 408:
        case 409:
        case 429: return nature::passing;
        case 502:
        case 503:
        case 504: return nature::passing;
        // A status of no known class is a damaged one.
        default: return e.http_status / 100 == 4 ? nature::of_an_entry : nature::unfinished;
    }
}

nature nature_of(error const& e) {
    if (e.code.category() != errc_category()) return nature::passing;
    switch (static_cast<errc>(e.code.value())) {
        case errc::resolve_failed:
        case errc::connect_failed:
        case errc::connect_timeout:
        case errc::first_byte_timeout:
        case errc::too_many_redirects:
        case errc::missing: return nature::passing;  // it is asked about only while that is in doubt
        case errc::server_error: return nature_of_status(e);
        case errc::wrong_checksum: return nature::of_the_bytes;
        case errc::wrong_size: return nature::of_an_entry;  // AIStore's ways round a lost peer forget ranges
        case errc::invalid_argument:
        case errc::invalid_entry:
        case errc::invalid_endpoint:
        case errc::cancelled:
        case errc::deadline_exceeded:
        case errc::tls_failed:
        case errc::bad_redirect: return nature::final;
        // What an answer says of itself may be a damaged byte's doing.
        case errc::unsupported:
        case errc::limit_exceeded: return e.where == stage::usage ? nature::final : nature::unfinished;
        default: return e.where == stage::payload ? nature::of_the_bytes : nature::unfinished;
    }
}

// For what may well be an entry's fault: waiting longer would help nobody, and every batch that has one would rest.
constexpr milliseconds longest_wait_for_an_entry{500};

milliseconds drawn(trouble const& t, milliseconds most) {
    return milliseconds(static_cast<std::int64_t>(static_cast<double>(most.count()) * t.draw));
}

milliseconds jitter(trouble const& t, retry_options const& o) {
    auto const doublings = std::min(t.attempt > 0 ? t.attempt - 1 : 0, 20u);
    auto const most = std::min<double>(static_cast<double>(o.first_wait.count()) * static_cast<double>(1u << doublings),
                                       static_cast<double>(o.longest_wait.count()));
    auto const own = milliseconds(static_cast<std::int64_t>(most * t.draw));
    return std::max(own, t.retry_after.value_or(milliseconds(0)));
}

}  // namespace

decision decide(trouble const& t, retry_options const& options) {
    auto const what = nature_of(t.why);
    // What is said to be missing in spite of all doubt is so by itself.
    if (options.attempts <= 1 || t.attempt >= options.attempts || t.elapsed >= options.elapsed)
        return {t.why.code == errc::missing ? next_step::fail_asked : next_step::give_up};
    auto const alone = t.asked <= 1;
    auto const wait = jitter(t, options);
    auto const shorter_wait = std::min(wait, drawn(t, longest_wait_for_an_entry));
    auto const soon = drawn(t, options.first_wait);
    switch (what) {
        case nature::passing: return {next_step::again, wait};
        case nature::unfinished:
            // What is too large for us as an object is so by itself.
            if (t.plain > 0 && t.why.code == errc::limit_exceeded) return {next_step::fail_asked};
            if (t.plain > 0)
                return {t.plain < plain_attempts ? next_step::plain_get : next_step::fail_asked, shorter_wait};
            if (t.attempt <= attempts_as_it_is) return {next_step::again, wait};
            return {alone ? next_step::plain_get : next_step::split, soon};
        case nature::of_the_bytes:
            if (t.plain == 0) return {next_step::again, soon};
            return {t.plain < plain_attempts_for_bytes ? next_step::plain_get : next_step::fail_asked, soon};
        case nature::of_an_entry:
            if (t.plain > 0) return {next_step::fail_asked};
            return {alone ? next_step::plain_get : next_step::split};
        case nature::of_a_bucket: return {t.one_bucket ? next_step::fail_asked : next_step::split_buckets};
        case nature::final: break;
    }
    return {next_step::give_up};
}

}  // namespace aisle::detail
