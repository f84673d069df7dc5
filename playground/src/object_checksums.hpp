#pragma once

#include "stored_object.hpp"

#include <cstdint>
#include <map>
#include <mutex>
#include <string>
#include <string_view>

namespace aisle::playground {

/// Checksums of whole objects, of the type that AIStore's buckets have by default. Thread-safe.
class object_checksums {
public:
    static constexpr std::string_view type = "xxhash2";
    /// A larger object has none here, because it is read for it when it is asked for.
    static constexpr std::uint64_t max_bytes = std::uint64_t{256} << 20;

    /// In hexadecimal; empty for an object that is too large. name: any text that names the object.
    std::string of(std::string const& name, stored_object const& object);

private:
    struct kept {
        std::uint64_t identity = 0;
        std::uint64_t size = 0;
        std::string value;
    };
    std::mutex mutex_;
    std::map<std::string, kept> kept_;
};

}  // namespace aisle::playground
