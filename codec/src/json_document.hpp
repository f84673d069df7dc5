#pragma once

#include <aisle/codec/moss.hpp>

#include <simdjson.h>

#include <cstdint>
#include <new>
#include <optional>
#include <string>
#include <string_view>

// How this room reads a JSON document of AIStore's: readers are written as what they expect, and whatever else comes is
// thrown inside one call and leaves it as an aisle::error.
namespace aisle::codec {

namespace od = simdjson::ondemand;

/// Thrown by readers, caught by read_document() only; simdjson's own exceptions likewise.
struct refused {
    errc code;
    std::string text;
};

/// Where the reading is, for the error.
struct place {
    stage where;
    std::optional<std::uint64_t> entry;
};

/// A string, or nothing at all for null, as Go reads it.
inline std::string read_text(od::value value) {
    if (value.type() == od::json_type::null) {
        if (!value.is_null()) throw refused{errc::bad_metadata, "a value is no JSON"};
        return {};
    }
    return std::string(std::string_view(value.get_string()));
}

/// Calls take(key, value) for each member, which takes the value or leaves it to be passed over.
template <class Take>
void for_each_member(od::object object, Take take) {
    for (od::field field : object) {
        std::string_view const key = field.unescaped_key();
        take(key, field.value());
    }
}

/// Opens the document, hands its object to read(), and makes an error of whatever goes wrong.
template <class T, class Read>
result<T> read_document(std::string json, place& at, Read read) {
    error failure(errc::bad_metadata, at.where);
    try {
        if (json.size() > max_json_bytes)
            throw refused{errc::limit_exceeded, "JSON over " + std::to_string(max_json_bytes) + " bytes"};
        json.reserve(json.size() + simdjson::SIMDJSON_PADDING);
        od::parser parser;
        // simdjson does not look whether it got room for strings, and would write to address 0; iterate() asks for it
        // once more if it did not.
        if (auto const failed = parser.allocate(json.size()); failed) throw simdjson::simdjson_error(failed);
        od::document document = parser.iterate(json);
        T out;
        read(document.get_object().value(), out);
        if (document.current_location().error() != simdjson::OUT_OF_BOUNDS)
            throw refused{errc::bad_metadata, "text after the JSON object"};
        return out;
    } catch (refused const& why) {
        failure.code = why.code;
        failure.text = why.text;
    } catch (simdjson::simdjson_error const& why) {
        if (why.error() == simdjson::MEMALLOC) throw std::bad_alloc();
        failure.text = std::string("unexpected JSON: ") + simdjson::error_message(why.error());
    }
    failure.entry = at.entry;
    return failure;
}

}  // namespace aisle::codec
