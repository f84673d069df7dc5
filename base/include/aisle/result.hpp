#pragma once

#include <aisle/error.hpp>

#include <boost/system/result.hpp>

namespace aisle {

/// A value or an aisle::error. `.value()` throws aisle::exception when there is no value. `.error()` returns a copy of
/// the failure: a coroutine that starts later takes it by value, as a reference would outlive the copy.
template <class T = void>
using result = boost::system::result<T, error>;

/// Found by ADL from boost::system::result::value().
[[noreturn]] inline void throw_exception_from_error(error const& e, boost::source_location const&) {
    throw exception(e);
}

}  // namespace aisle
