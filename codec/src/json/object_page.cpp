#include "json_document.hpp"

#include <aisle/base/json_text.hpp>
#include <aisle/codec/json/object_page.hpp>

#include <charconv>

namespace aisle::codec {
namespace {

void append_member(std::string& out, std::string_view key, std::string_view text) {
    out += key;
    base::append_json_string(out, text);
}

// AIStore writes sizes in quotes.
std::uint64_t read_size(od::value value) {
    std::string_view const digits = value.get_string();
    std::uint64_t size = 0;
    auto const [end, ec] = std::from_chars(digits.data(), digits.data() + digits.size(), size);
    if (ec != std::errc{} || end != digits.data() + digits.size() || digits.empty())
        throw refused{errc::bad_metadata, "a size in the listing is not a number"};
    return size;
}

listed_entry read_entry(od::object object) {
    listed_entry out;
    for_each_member(object, [&](std::string_view key, od::value value) {
        if (key == "name")
            out.name = read_text(value);
        else if (key == "size")
            out.size = read_size(value);
        else if (key == "checksum")
            out.checksum = read_text(value);
        else if (key == "version")
            out.version = read_text(value);
        else if (key == "location")
            out.location = read_text(value);
        else if (key == "flags")
            out.flags = static_cast<std::uint32_t>(std::uint64_t(value.get_uint64()));
    });
    if (out.name.empty()) throw refused{errc::bad_metadata, "an entry of the listing has no name"};
    return out;
}

}  // namespace

std::string write_page_request(page_request const& what) {
    std::string out = R"({"action":"list","value":{)";
    append_member(out, R"("uuid":)", what.uuid);
    append_member(out, R"(,"prefix":)", what.prefix);
    append_member(out, R"(,"props":)", what.props);
    // AIStore takes the flags as text and the page size as a number.
    append_member(out, R"(,"flags":)", std::to_string(what.flags));
    append_member(out, R"(,"continuation_token":)", what.token);
    out += R"(,"pagesize":)";
    base::append_json_number(out, static_cast<std::int64_t>(what.entries));
    return out + "}}";
}

result<object_page> read_object_page(std::string json) {
    place at{stage::metadata, {}};
    return read_document<object_page>(std::move(json), at, [](od::object root, object_page& out) {
        bool has_entries = false;
        for_each_member(root, [&](std::string_view key, od::value value) {
            if (key == "uuid") {
                out.uuid = read_text(value);
            } else if (key == "continuation_token") {
                out.token = read_text(value);
            } else if (key == "entries") {
                has_entries = true;
                if (is_null(value)) return;  // an empty page
                for (od::value one : value.get_array()) out.entries.push_back(read_entry(one.get_object()));
            }
        });
        if (!has_entries) throw refused{errc::bad_metadata, "not a listing: no \"entries\""};
    });
}

}  // namespace aisle::codec
