#pragma once

#include <aisle/codec/object_page.hpp>

#include <string>

namespace aisle::playground {

/// A page of a listing as AIStore writes it to clients. Pure. What is empty or 0 of an entry is left out; sizes are
/// JSON strings.
std::string page_as_json(codec::object_page const& page);
/// The same to those who accept MessagePack.
std::string page_as_msgpack(codec::object_page const& page);

}  // namespace aisle::playground
