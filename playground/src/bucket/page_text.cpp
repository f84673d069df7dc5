#include "page_text.hpp"

#include <aisle/base/json_text.hpp>

#include <array>
#include <string_view>
#include <utility>

namespace aisle::playground {
namespace {

// The parts of MessagePack that a listing needs (msgpack specification: str, array, map, uint formats).
class msgpack {
public:
    void map(std::size_t n) { out_ += static_cast<char>(0x80 | n); }
    void array(std::size_t n) {
        if (n < 16) {
            out_ += static_cast<char>(0x90 | n);
        } else {
            out_ += '\xdc';  // a page has at most 10,000 entries
            big_endian(n, 2);
        }
    }
    void text(std::string_view s) {
        if (s.size() < 32) {
            out_ += static_cast<char>(0xa0 | s.size());
        } else if (s.size() < 256) {
            out_ += '\xd9';
            big_endian(s.size(), 1);
        } else {
            out_ += '\xdb';
            big_endian(s.size(), 4);
        }
        out_ += s;
    }
    void number(std::uint64_t n) {
        if (n < 128) {
            out_ += static_cast<char>(n);
        } else {
            out_ += '\xcf';
            big_endian(n, 8);
        }
    }
    std::string take() { return std::move(out_); }

private:
    void big_endian(std::uint64_t n, int bytes) {
        for (int shift = 8 * (bytes - 1); shift >= 0; shift -= 8) out_ += static_cast<char>(n >> shift);
    }
    std::string out_;
};

// Fields that AIStore omits if they are empty, with their names in JSON and in MessagePack.
struct text_field {
    char const* json;
    char const* msgpack;
    std::string codec::listed_entry::* value;
};
constexpr std::array<text_field, 3> text_fields{{{"checksum", "cs", &codec::listed_entry::checksum},
                                                 {"version", "v", &codec::listed_entry::version},
                                                 {"location", "t", &codec::listed_entry::location}}};

void append_entry(std::string& out, codec::listed_entry const& e) {
    out += "{\"name\":";
    base::append_json_string(out, e.name);
    for (auto const& f : text_fields)
        if (auto const& text = e.*f.value; !text.empty()) {
            out += std::string(",\"") + f.json + "\":";
            base::append_json_string(out, text);
        }
    if (e.size > 0) out += ",\"size\":\"" + std::to_string(e.size) + "\"";
    out += ",\"flags\":" + std::to_string(e.flags) + "}";
}

void append_entry(msgpack& out, codec::listed_entry const& e) {
    std::size_t fields = e.size > 0 ? 3 : 2;
    for (auto const& f : text_fields) fields += (e.*f.value).empty() ? 0 : 1;
    out.map(fields);
    out.text("n");
    out.text(e.name);
    for (auto const& f : text_fields)
        if (auto const& text = e.*f.value; !text.empty()) {
            out.text(f.msgpack);
            out.text(text);
        }
    if (e.size > 0) {
        out.text("s");
        out.number(e.size);
    }
    out.text("f");
    out.number(e.flags);
}

}  // namespace

std::string page_as_msgpack(codec::object_page const& page) {
    msgpack out;
    out.map(4);
    out.text("UUID");
    out.text(page.uuid);
    out.text("ContinuationToken");
    out.text(page.token);
    out.text("Entries");
    out.array(page.entries.size());
    for (auto const& e : page.entries) append_entry(out, e);
    out.text("Flags");
    out.number(0);
    return out.take();
}

std::string page_as_json(codec::object_page const& page) {
    std::string out =
        "{\"uuid\":" + base::json_string(page.uuid) + ",\"continuation_token\":" + base::json_string(page.token);
    out += ",\"entries\":";
    if (page.entries.empty()) out += "null";
    for (auto const& e : page.entries) {
        out += &e == &page.entries.front() ? '[' : ',';
        append_entry(out, e);
    }
    if (!page.entries.empty()) out += ']';
    return out + ",\"flags\":0}";
}

}  // namespace aisle::playground
