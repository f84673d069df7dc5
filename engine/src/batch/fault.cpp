#include "fault.hpp"

#include <algorithm>
#include <array>
#include <string_view>

namespace aisle::detail {
namespace {

using std::chrono::milliseconds;

template <std::size_t N>
bool has_any(std::string_view text, std::array<std::string_view, N> const& words) {
    return std::ranges::any_of(words, [&](std::string_view w) { return text.find(w) != std::string_view::npos; });
}

// AIStore responds 400 both to a client's mistake and to a failure between its nodes; the message shows which it is.
bool is_cluster_trouble(error const& e) {
    static constexpr std::array<std::string_view, 11> words{
        "abort",     "failed to call",    "connection refused", "connection reset", "broken pipe", "i/o timeout",
        "timed out", "deadline exceeded", "different Smap",     "Smap v0",          "starting up"};
    // A restarted primary proxy has no targets until they join again.
    return e.server_code == "ErrNoNodes" || has_any(e.server_text, words);
}

fault_nature nature_of_status(error const& e, bool plain) {
    auto const says = [&](std::string_view w) { return e.server_text.find(w) != std::string::npos; };
    switch (e.http_status) {
        case 400:
            if (is_cluster_trouble(e)) return fault_nature::cluster;
            if (says("hole")) return fault_nature::answer;
            return e.server_code == "errUnknownMime" ? fault_nature::final : fault_nature::entry;
        case 401: return fault_nature::final;
        case 405: return plain ? fault_nature::answer : fault_nature::final;
        case 403: return fault_nature::bucket;
        case 404:
            // The message about a used or expired redirect contains its work item.
            if (!plain && says("wid=")) return fault_nature::cluster;
            return is_of_bucket(e) ? fault_nature::bucket : fault_nature::entry;
        case 408:
        case 409:
        case 502:
        case 504: return fault_nature::cluster;
        case 503:
            // AIStore behaviour: this node is starting, not overloaded.
            if (says("not ready") || says("starting")) return fault_nature::cluster;
            return fault_nature::busy;
        case 429: return fault_nature::busy;
        case 410:
        case 416: return fault_nature::entry;
        // AIStore does not give this status to a plain GET, or its class is unknown: it is damaged.
        default: return !plain && e.http_status / 100 == 4 ? fault_nature::entry : fault_nature::answer;
    }
}

}  // namespace

bool is_of_bucket(error const& e) noexcept {
    return e.server_code == "ErrBckNotFound" || e.server_code == "ErrRemoteBckNotFound";
}

bool is_short_of_descriptors(error const& e) noexcept {
    return e.code == boost::system::errc::make_error_code(boost::system::errc::too_many_files_open);
}

fault_nature nature_of(error const& e, bool plain) {
    if (e.code == boost::system::errc::make_error_code(boost::system::errc::not_enough_memory))
        return fault_nature::memory;
    // This process's limit, but the same remedy as for the cluster's: fewer requests at once.
    if (is_short_of_descriptors(e)) return fault_nature::busy;
    if (e.code.category() != errc_category()) return fault_nature::link;
    switch (static_cast<errc>(e.code.value())) {
        case errc::cancelled: return fault_nature::cancelled;
        case errc::resolve_failed:
        case errc::connect_failed:
        case errc::connect_timeout:
        case errc::connection_lost:
        case errc::first_byte_timeout:
        case errc::idle_timeout:
        case errc::truncated_body:
        case errc::bad_http:
        case errc::unframed_body:
        case errc::trailing_data:
        case errc::too_many_redirects: return fault_nature::link;
        case errc::map_unavailable: return fault_nature::cluster;
        case errc::server_error: return nature_of_status(e, plain);
        case errc::missing: return fault_nature::cluster;  // retried only while uncertain
        case errc::wrong_checksum:
        case errc::wrong_size: return fault_nature::bytes;
        case errc::invalid_argument:
        case errc::invalid_entry:
        case errc::invalid_endpoint:
        case errc::deadline_exceeded:
        case errc::tls_failed: return fault_nature::final;
        // An intermediary that compresses responses does so every time.
        case errc::content_encoding: return plain ? fault_nature::entry : fault_nature::final;
        case errc::no_such_checksum: return fault_nature::entry;
        case errc::bad_redirect: return plain ? fault_nature::answer : fault_nature::final;
        // A damaged byte may cause any content of the header.
        case errc::unsupported:
        case errc::limit_exceeded: return e.where == stage::usage ? fault_nature::final : fault_nature::answer;
        default: return e.where == stage::payload ? fault_nature::bytes : fault_nature::answer;
    }
}

bool says_not_found(std::string_view words) {
    static constexpr std::array<std::string_view, 4> absent{"not found", "does not exist", "no such file", "not exist"};
    // AIStore also reports "does not exist" for a disk that was removed.
    return words.empty() || (has_any(words, absent) && words.find("mountpath") == std::string_view::npos);
}

milliseconds backoff(retry_options const& o, unsigned attempt, double draw, std::optional<milliseconds> retry_after) {
    auto const doublings = std::min(attempt > 0 ? attempt - 1 : 0, 20u);
    auto const most = std::min<double>(static_cast<double>(o.first_wait.count()) * static_cast<double>(1u << doublings),
                                       static_cast<double>(o.longest_wait.count()));
    auto const own = milliseconds(static_cast<std::int64_t>(most * draw));
    return std::max(own, retry_after.value_or(milliseconds(0)));
}

}  // namespace aisle::detail

namespace aisle {

bool is_retryable(error const& why) {
    using detail::fault_nature;
    // Settled before it is reported, or not caused by the request.
    if (why.code == errc::missing || why.code == errc::callback_failed) return false;
    bool const too_large = why.code == errc::limit_exceeded && why.where == stage::payload;
    if (too_large || !why.code) return false;
    switch (detail::nature_of(why, false)) {
        case fault_nature::link:
        case fault_nature::busy:
        case fault_nature::cluster:
        case fault_nature::answer:
        case fault_nature::bytes:
        case fault_nature::memory: return true;
        case fault_nature::entry:
        case fault_nature::bucket:
        case fault_nature::cancelled:
        case fault_nature::final: return false;
    }
    return false;
}

}  // namespace aisle
