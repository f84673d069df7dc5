#include "bucket_uri.hpp"

#include <array>
#include <string>

namespace aisle::detail {
namespace {

struct provider_name {
    std::string_view given;
    std::string_view wire;
};

// AIStore reads these in lower case only and answers 400 to any other for the whole batch.
constexpr std::array<provider_name, 10> providers{{{"ais", "ais"},
                                                   {"aws", "aws"},
                                                   {"s3", "aws"},
                                                   {"gcp", "gcp"},
                                                   {"gs", "gcp"},
                                                   {"azure", "azure"},
                                                   {"az", "azure"},
                                                   {"oci", "oci"},
                                                   {"oc", "oci"},
                                                   {"ht", "ht"}}};

error refused(errc code, std::string text) {
    return {code, stage::usage, std::move(text)};
}

bool is_bucket_char(char c) {
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '_' || c == '-' ||
           c == '.';
}

}  // namespace

result<bucket_uri> read_bucket(std::string_view text) {
    bucket_uri out{"ais", text};
    if (auto const at = text.find("://"); at != text.npos) {
        auto const given = text.substr(0, at);
        out.name = text.substr(at + 3);
        out.provider = {};
        for (auto const& p : providers)
            if (p.given == given) out.provider = p.wire;
        if (out.provider.empty())
            return refused(errc::invalid_entry, "unknown provider in bucket \"" + std::string(text) +
                                                    "\": use ais, s3, gs, az, oci or ht, in lower case");
    }
    if (out.name.starts_with('@') || out.name.starts_with('#'))
        return refused(errc::unsupported,
                       "buckets in a namespace cannot be asked for yet: \"" + std::string(text) + '"');
    if (out.name.empty())
        return refused(errc::invalid_entry, "no bucket: name one as ais://name in the entry or in the batch");
    for (char const c : out.name)
        if (!is_bucket_char(c))
            return refused(errc::invalid_entry,
                           "bucket \"" + std::string(text) + "\": names are letters, digits, '.', '_' and '-'");
    if (out.name.front() == '.') return refused(errc::invalid_entry, "a bucket name does not start with a dot");
    return out;
}

}  // namespace aisle::detail
