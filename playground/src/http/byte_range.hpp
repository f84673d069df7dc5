#pragma once

#include <cstdint>
#include <string>
#include <string_view>

namespace aisle::playground {

/// A Range field, read as AIStore reads it: like RFC 9110, section 14.1.2, except that a suffix of an empty object or
/// of length 0 is a range of 0 bytes, and an empty list means no range.
struct byte_range {
    enum class outcome : std::uint8_t {
        whole,  ///< no range
        part,
        not_satisfiable,  ///< starts after the end of the object
        several,          ///< AIStore supports only one range
        invalid,
    } what = outcome::whole;
    std::uint64_t first = 0;
    std::uint64_t size = 0;
    std::string message = {};  ///< AIStore's error message, if it cannot be served

    static byte_range parse(std::string_view field, std::uint64_t object_size);
};

}  // namespace aisle::playground
