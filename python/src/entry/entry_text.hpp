#pragma once

#include <aisle/batch.hpp>

#include <string>
#include <string_view>

namespace aisle::python {

/// Makes an entry from a str of a source: a URI ("ais://bucket/object", "ais://bucket/shard.tar/member",
/// "ais://@uuid#namespace/bucket/object"), or the name of an object of default_bucket ("ais://bucket"). Throws
/// aisle::exception (errc::invalid_entry).
entry entry_from_text(std::string_view text, std::string const& default_bucket);

/// "ais://@uuid#namespace/bucket" from its parts; each except the bucket may be empty. A bucket that is already a URI
/// is returned unchanged; then the others must be empty. Throws aisle::exception (errc::invalid_entry).
std::string bucket_uri_of(std::string_view bucket, std::string_view provider, std::string_view name_space);

/// The name of an entry in Python: the object's, and for a member "object/archpath".
std::string name_of(entry const& e);

/// The parts of a bucket's URI, for reading.
struct bucket_parts {
    std::string_view provider;
    std::string_view name_space;
    std::string_view name;
};
bucket_parts parts_of(std::string_view bucket) noexcept;

}  // namespace aisle::python
