#pragma once

#include <cstdint>
#include <string>
#include <string_view>

namespace aisle::playground {

/// What a Range field asks of an object, read as AIStore reads it (RFC 9110, section 14.1.2, with differences: a suffix
/// of an empty object or of length 0 is a range of 0 bytes; an empty list is no range).
struct byte_range {
    enum class outcome : std::uint8_t {
        whole,  ///< no range at all
        part,
        not_satisfiable,  ///< all of it begins behind the object's end
        several,          ///< AIStore serves one at a time
        invalid,
    } what = outcome::whole;
    std::uint64_t first = 0;
    std::uint64_t size = 0;
    std::string message = {};  ///< AIStore's words when it is not to be had

    static byte_range parse(std::string_view field, std::uint64_t object_size);
};

}  // namespace aisle::playground
