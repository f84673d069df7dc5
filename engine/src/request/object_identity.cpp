#include "object_identity.hpp"

#include <string_view>

namespace aisle::detail {
namespace {

// RFC 9110, section 8.8.3.2: weak ones must not be used to join parts.
std::string_view strong(std::string const& etag) noexcept {
    return etag.starts_with("W/") ? std::string_view() : std::string_view(etag);
}

}  // namespace

bool object_identity::tells_versions() const noexcept {
    return !checksum.empty() || !version.empty() || !strong(etag).empty() || !last_modified.empty();
}

sameness compare(object_identity const& a, object_identity const& b) noexcept {
    if (a.total && b.total && *a.total != *b.total) return sameness::different;
    if (!a.checksum.empty() && !b.checksum.empty())
        return a.checksum == b.checksum ? sameness::same : sameness::different;
    auto out = sameness::unknown;
    auto const look = [&](std::string_view one, std::string_view other) {
        if (one.empty() || other.empty() || out == sameness::different) return;
        out = one == other ? sameness::same : sameness::different;
    };
    look(a.version, b.version);
    look(strong(a.etag), strong(b.etag));
    look(a.last_modified, b.last_modified);
    return out;
}

}  // namespace aisle::detail
