#include "trouble_watch.hpp"

#include "../text/printable.hpp"
#include "../text/quantity.hpp"

#include <algorithm>

namespace aisle::cli {

std::optional<std::string> trouble_watch::update(std::optional<error> const& trouble, std::uint64_t wire_bytes,
                                                 std::uint64_t progress, clock::time_point now) {
    if (!trouble || progress != progress_) since_.reset();
    progress_ = progress;
    summary_.clear();
    if (!trouble) return std::nullopt;
    if (!since_) since_ = now;
    auto const lasted = std::chrono::duration_cast<std::chrono::milliseconds>(now - *since_);
    bool const reached = wire_bytes > 0;
    if (reached && lasted < patience) return std::nullopt;
    bool const limited_by_reach = !reached && retry_.unreached < retry_.elapsed;
    auto const limit = limited_by_reach ? retry_.unreached : retry_.elapsed;
    auto const left = std::chrono::ceil<std::chrono::seconds>(std::max(limit - lasted, limit.zero()));
    auto const text = trouble_text(*trouble);
    summary_ = text + ", " + format_clock(left) + " left";
    if (printed_ && now - *printed_ < repeat_after) return std::nullopt;
    printed_ = now;
    return "aisle: " + text + "; retrying for up to " + format_span(left) +
           (limited_by_reach ? " (--reach-within)" : " (--retry-for)");
}

std::string trouble_text(error const& why) {
    // The text starts with the address of the node.
    bool const not_reached = why.code == errc::resolve_failed || why.code == errc::connect_failed;
    if (not_reached && !why.text.empty()) return "cannot reach " + printable(why.text);
    return printable(why.message());
}

}  // namespace aisle::cli
