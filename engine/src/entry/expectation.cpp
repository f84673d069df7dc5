#include "expectation.hpp"

#include <algorithm>

namespace aisle::detail {
namespace {

error refused(std::string_view text, std::string const& why) {
    return {errc::invalid_entry, stage::usage, "expected checksum \"" + std::string(text) + "\": " + why};
}

}  // namespace

result<expected_checksum> read_checksum(std::string_view text) {
    auto const colon = text.find(':');
    auto const type = codec::checksum_type_of(text.substr(0, colon));
    if (colon == text.npos || !type)
        return refused(text, "write TYPE:HEX with TYPE one of xxhash2, xxhash, crc32c, md5, sha256, sha512");
    expected_checksum out{*type, std::string(text.substr(colon + 1))};
    auto const is_hex = [](char c) { return (c >= '0' && c <= '9') || (c >= 'a' && c <= 'f'); };
    for (auto& c : out.value)
        if (c >= 'A' && c <= 'F') c = static_cast<char>(c - 'A' + 'a');
    auto const digits = codec::checksum_digits(*type);
    if (out.value.size() != digits || !std::ranges::all_of(out.value, is_hex))
        return refused(text, "a value of this type has " + std::to_string(digits) + " hexadecimal digits");
    return out;
}

}  // namespace aisle::detail
