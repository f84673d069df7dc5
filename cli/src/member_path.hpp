#pragma once

#include <aisle/batch.hpp>
#include <aisle/result.hpp>

#include <string>
#include <vector>

namespace aisle::cli {

/// Where an entry goes in a folder or an archive: bucket/object[/archpath], cut at the slashes.
///
/// A bucket of another provider than ais is "s3:bucket" (also gs, az, oci), which no bucket name can be, so that two
/// providers' buckets of one name stay apart; one in a namespace is "@uuid#namespace:bucket". Errors, with
/// errc::invalid_entry: an empty, "." or ".." component, an absolute name, a NUL byte: names are somebody else's words
/// and must not lead out of the folder.
result<std::vector<std::string>> member_path(entry const& e);

/// The components joined by slashes again.
std::string join_path(std::vector<std::string> const& components);

}  // namespace aisle::cli
