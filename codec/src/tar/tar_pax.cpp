#include <aisle/codec/tar/tar_pax.hpp>

#include <charconv>

namespace aisle::codec {
namespace {

constexpr int max_length_digits = 19;

// The whole text must be digits; at most 2^63-1.
bool parse_decimal(std::string_view text, std::uint64_t& out) noexcept {
    if (text.empty() || text.front() < '0' || text.front() > '9') return false;
    auto const [end, ec] = std::from_chars(text.data(), text.data() + text.size(), out);
    return ec == std::errc{} && end == text.data() + text.size() && out <= INT64_MAX;
}

// Splits the first record from `records`. False if the record is malformed.
bool split_record(std::string_view& records, std::string_view& keyword, std::string_view& value) noexcept {
    auto const space = records.substr(0, max_length_digits + 1).find(' ');
    std::uint64_t length = 0;
    if (space == std::string_view::npos || !parse_decimal(records.substr(0, space), length)) return false;
    if (length > records.size() || length < space + 4) return false;  // at least " k=" and the line feed
    auto const record = records.substr(space + 1, length - space - 1);
    records.remove_prefix(length);
    if (record.back() != '\n') return false;
    auto const equals = record.find('=');
    if (equals == std::string_view::npos || equals == 0) return false;
    keyword = record.substr(0, equals);
    value = record.substr(equals + 1, record.size() - equals - 2);
    return true;
}

}  // namespace

pax_status parse_pax(std::string_view records, std::size_t max_name_bytes, pax_fields& fields) {
    while (!records.empty()) {
        std::string_view keyword;
        std::string_view value;
        if (!split_record(records, keyword, value)) return pax_status::malformed;
        if (keyword == "path") {
            if (value.size() > max_name_bytes) return pax_status::name_too_long;
            if (value.find('\0') != std::string_view::npos) return pax_status::malformed;
            fields.path = value;
        } else if (keyword == "size") {
            fields.size_deleted = value.empty();
            fields.size.reset();
            std::uint64_t size = 0;
            if (!value.empty() && !parse_decimal(value, size)) return pax_status::malformed;
            if (!value.empty()) fields.size = size;
        } else if (keyword.starts_with("GNU.sparse.")) {
            fields.sparse = true;
        }
    }
    return pax_status::ok;
}

}  // namespace aisle::codec
