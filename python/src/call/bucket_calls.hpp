#pragma once

#include "../nanobind_headers.hpp"
#include "call.hpp"

#include <aisle/bucket.hpp>

#include <memory>
#include <string>

namespace aisle::python {

/// The calls on a bucket, for a waiting Python thread. Their result in Python is the tuple (name, archpath,
/// size, checksum, version, location, cached, is_archive, is_unreadable), or a bool.
call head_object(bucket const& in, std::string object);
call put_bytes(bucket const& in, std::string object, nb::handle data);
call put_file(bucket const& in, std::string object, std::string path);
call create_bucket(bucket const& it);
call destroy_bucket(bucket const& it);

/// A listing in progress: _aisle.Listing.
struct listing {
    std::shared_ptr<object_listing> pages;
    /// Returns a list of tuples, empty after the last page. One at a time.
    call next_page();
};

/// Binds _aisle.Listing.
void bind_listing(nb::module_& m);

}  // namespace aisle::python
