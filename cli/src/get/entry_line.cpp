#include "../text/printable.hpp"
#include "entry_text.hpp"

#include <aisle/codec/base64.hpp>

#include <simdjson.h>

#include <algorithm>
#include <array>

namespace aisle::cli {
namespace {

constexpr std::array<std::string_view, 8> known_keys{"bucket", "object", "archpath", "start",
                                                     "length", "opaque", "size",     "checksum"};

/// Further keys in the output of `aisle ls --long --json`. They are ignored, so that its lines can be used as input.
constexpr std::array<std::string_view, 3> ignored_keys{"version", "location", "state"};

constexpr char const* expected_line = R"(write one entry per line, such as {"bucket": "ais://NAME", "object": "NAME"})";

error bad(std::string text) {
    return {errc::invalid_argument, stage::usage, std::move(text)};
}

result<void> read_text(std::string& out, std::string_view key, simdjson::dom::element value) {
    std::string_view text;
    if (value.get(text) != simdjson::SUCCESS) return bad("\"" + std::string(key) + "\" must be a string");
    out = text;
    return {};
}

result<void> read_number(std::int64_t& out, std::string_view key, simdjson::dom::element value) {
    if (value.get(out) != simdjson::SUCCESS) return bad("\"" + std::string(key) + "\" must be a whole number");
    return {};
}

result<void> read_size(std::optional<std::uint64_t>& out, simdjson::dom::element value) {
    std::uint64_t size = 0;
    if (value.get(size) != simdjson::SUCCESS) return bad("\"size\" must be a whole number, 0 or more");
    out = size;
    return {};
}

result<void> read_opaque(std::string& out, simdjson::dom::element value) {
    std::string text;
    if (auto r = read_text(text, "opaque", value); !r) return r;
    auto bytes = codec::decode_base64(text);
    if (!bytes) return bad("\"opaque\" must be standard base64 with padding");
    out.assign(reinterpret_cast<char const*>(bytes->data()), bytes->size());
    return {};
}

}  // namespace

struct entry_line_parser::state {
    std::string default_bucket;
    simdjson::dom::parser parser;

    static result<void> read(entry& e, std::size_t key, simdjson::dom::element value) {
        switch (key) {
            case 0: return read_text(e.bucket, known_keys[0], value);
            case 1: return read_text(e.object, known_keys[1], value);
            case 2: return read_text(e.archpath, known_keys[2], value);
            case 3: return read_number(e.range.start, known_keys[3], value);
            case 4: return read_number(e.range.length, known_keys[4], value);
            case 5: return read_opaque(e.opaque, value);
            case 6: return read_size(e.expected_size, value);
            default: return read_text(e.expected_checksum, known_keys[7], value);
        }
    }
};

entry_line_parser::entry_line_parser(std::string default_bucket) : state_(std::make_unique<state>()) {
    state_->default_bucket = std::move(default_bucket);
}

entry_line_parser::~entry_line_parser() = default;

result<entry> entry_line_parser::parse(std::string_view line) {
    simdjson::dom::element document;
    if (auto const code = state_->parser.parse(line.data(), line.size()).get(document))
        return bad(std::string("not JSON: ") + simdjson::error_message(code) + "; " + expected_line);
    simdjson::dom::object object;
    if (document.get(object) != simdjson::SUCCESS) return bad(std::string("not a JSON object; ") + expected_line);

    entry e;
    unsigned seen = 0;
    for (auto const field : object) {
        if (std::ranges::find(ignored_keys, field.key) != ignored_keys.end()) continue;
        auto const known = std::ranges::find(known_keys, field.key);
        auto const key = static_cast<unsigned>(known - known_keys.begin());
        if (known == known_keys.end())
            return bad("unknown key \"" + printable(field.key) +
                       "\"; known keys: bucket, object, archpath, start, length, opaque, size, checksum");
        if (seen & 1U << key) return bad("the key \"" + printable(field.key) + "\" is given twice");
        seen |= 1U << key;
        if (auto r = state::read(e, key, field.value); !r) return r.error();
    }
    if (e.bucket.empty()) e.bucket = state_->default_bucket;
    if (e.bucket.empty()) return bad("no \"bucket\": add \"bucket\": \"ais://NAME\" to the line, or give --bucket");
    if (e.object.empty()) return bad("no \"object\": add \"object\": \"NAME\" to the line");
    return e;
}

}  // namespace aisle::cli
