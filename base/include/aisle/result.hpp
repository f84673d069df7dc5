#pragma once

#include <aisle/error.hpp>

#include <boost/system/result.hpp>

namespace aisle {

/// A value or an aisle::error. `.value()` throws aisle::exception if there is no value. `.error()` returns a copy: a
/// coroutine that starts later must take it by value, because a reference would dangle.
template <class T = void>
using result = boost::system::result<T, error>;

/// Found by ADL from boost::system::result::value().
[[noreturn]] inline void throw_exception_from_error(error const& e, boost::source_location const&) {
    throw exception(e);
}

}  // namespace aisle
