#include "call_retry.hpp"

#include <aisle/http/deadlines.hpp>

#include <algorithm>

namespace aisle::detail {

void call_retry::progressed(time_point now) noexcept {
    progressed_at_ = now;
    in_a_row_ = 0;
}

std::optional<call_retry::milliseconds> call_retry::failed(error const& why, surroundings const& s) noexcept {
    ++failures_;
    ++in_a_row_;
    if (in_a_row_ >= options_.attempts || !is_worth_it(why, s)) return std::nullopt;
    auto gives_up_at = http::after(progressed_at_, options_.elapsed);
    if (s.unreached_since) gives_up_at = std::min(gives_up_at, http::after(*s.unreached_since, options_.unreached));
    if (s.now >= gives_up_at) return std::nullopt;
    auto const left = std::chrono::ceil<milliseconds>(gives_up_at - s.now);
    return std::min(backoff(options_, in_a_row_, s.draw, s.retry_after), left);
}

bool call_retry::is_worth_it(error const& why, surroundings const& s) noexcept {
    switch (nature_of(why, true)) {
        case fault_nature::link:
        case fault_nature::busy:
        case fault_nature::cluster: return true;
        case fault_nature::answer: return ++unexplained_ < most_unexplained;
        case fault_nature::bytes: return why.code == errc::wrong_checksum && ++bad_payloads_ < most_bad_payloads;
        case fault_nature::entry: return why.http_status == 404 && s.missing_is_uncertain;
        case fault_nature::bucket:
        case fault_nature::memory:
        case fault_nature::cancelled:
        case fault_nature::final: break;
    }
    return false;
}

}  // namespace aisle::detail
