#pragma once

#include <aisle/codec/json/get_batch.hpp>

#include <simdjson.h>

#include <cstdint>
#include <new>
#include <optional>
#include <string>
#include <string_view>

// How this module parses AIStore's JSON documents: readers are written for what they expect. Anything else throws
// inside read_document(), which returns it as an aisle::error.
namespace aisle::codec {

namespace od = simdjson::ondemand;

/// Thrown by readers and caught only by read_document(), like simdjson's own exceptions.
struct refused {
    errc code;
    std::string text;
};

/// The current position in the document, for the error.
struct place {
    stage where;
    std::optional<std::uint64_t> entry;
};

/// True for null. Go writes a nil map or slice as null, and reads null as the zero value.
inline bool is_null(od::value value) {
    if (value.type() != od::json_type::null) return false;
    if (!value.is_null()) throw refused{errc::bad_metadata, "invalid JSON value"};
    return true;
}

/// A string; empty for null, as Go reads it.
inline std::string read_text(od::value value) {
    if (is_null(value)) return {};
    return std::string(std::string_view(value.get_string()));
}

/// Calls take(key, value) for each member. If take() does not read the value, it is skipped.
template <class Take>
void for_each_member(od::object object, Take take) {
    for (od::field field : object) {
        std::string_view const key = field.unescaped_key();
        take(key, field.value());
    }
}

/// Opens the document, passes its root object to read(), and turns every failure into an error.
template <class T, class Read>
result<T> read_document(std::string json, place& at, Read read) {
    error failure(errc::bad_metadata, at.where);
    try {
        if (json.size() > max_json_bytes)
            throw refused{errc::limit_exceeded, "JSON over " + std::to_string(max_json_bytes) + " bytes"};
        json.reserve(json.size() + simdjson::SIMDJSON_PADDING);
        od::parser parser;
        // simdjson does not check whether it could allocate its string buffer, and would write to address 0; if the
        // allocation failed, iterate() tries it once more.
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
