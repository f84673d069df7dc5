#pragma once

#include "../store/stored_object.hpp"

#include <cstdint>
#include <map>
#include <mutex>
#include <string>
#include <string_view>

namespace aisle::playground {

/// Checksums of whole objects, of the default type of AIStore's buckets. Thread-safe.
class object_checksums {
public:
    static constexpr std::string_view type = "xxhash2";
    /// Larger objects have no checksum here, because the server would have to read them for each request.
    static constexpr std::uint64_t max_bytes = std::uint64_t{256} << 20;

    /// The checksum in hexadecimal; empty if the object is too large. name: any text that identifies the object.
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
