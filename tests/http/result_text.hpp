#pragma once

#include <aisle/result.hpp>

#include <catch2/catch.hpp>

/// Shows a failed result in a test's output by its error. Without it Catch asks Boost, which wants to print the value.
template <class T>
struct Catch::StringMaker<boost::system::result<T, aisle::error>> {
    static std::string convert(boost::system::result<T, aisle::error> const& r) {
        return r ? "a value" : r.error().message();
    }
};
