#pragma once

#include <aisle/batch.hpp>
#include <aisle/result.hpp>

#include <string>
#include <vector>

namespace aisle::cli {

/// The path of an entry in a folder or an archive, bucket/object[/archpath], split at the slashes.
///
/// A bucket of another provider than ais is written "s3:bucket" (also gs, az, oci), and one in a namespace
/// "@uuid#namespace:bucket". No bucket name has a colon, so buckets of the same name do not collide. Error:
/// errc::invalid_entry for a component that is empty, "." or "..", for an absolute name and for a NUL byte. Names come
/// from the bucket, so they are not trusted, and must not lead out of the folder.
result<std::vector<std::string>> member_path(entry const& e);

/// Joins the components with slashes.
std::string join_path(std::vector<std::string> const& components);

}  // namespace aisle::cli
