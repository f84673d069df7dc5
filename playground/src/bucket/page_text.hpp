#pragma once

#include <aisle/codec/json/object_page.hpp>

#include <string>

namespace aisle::playground {

/// A page of a listing in AIStore's JSON. Empty fields and sizes of 0 are omitted; sizes are JSON strings.
std::string page_as_json(codec::object_page const& page);
/// The same in MessagePack.
std::string page_as_msgpack(codec::object_page const& page);

}  // namespace aisle::playground
