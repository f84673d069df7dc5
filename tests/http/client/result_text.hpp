#pragma once

#include <aisle/result.hpp>

#include <catch2/catch.hpp>

/// Prints a failed result in a test's output by its error. Otherwise Catch uses Boost's operator, which prints the
/// value.
template <class T>
struct Catch::StringMaker<boost::system::result<T, aisle::error>> {
    static std::string convert(boost::system::result<T, aisle::error> const& r) {
        return r ? "a value" : r.error().message();
    }
};
