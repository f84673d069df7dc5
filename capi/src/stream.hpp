#pragma once

#include "error.hpp"

#include <aisle/feed.hpp>
#include <aisle/stream.hpp>

#include <aisle.h>
#include <memory>
#include <string>
#include <utility>
#include <variant>

/// A stream, or a feed, which is a stream that accepts entries.
struct aisle_stream {
    explicit aisle_stream(aisle::sample_stream s) : value(std::move(s)) {}
    aisle_stream(aisle::feed f, std::string default_bucket) : value(std::move(f)), bucket(std::move(default_bucket)) {}

    aisle::sample_stream& stream() noexcept {
        if (auto* const f = std::get_if<aisle::feed>(&value)) return *f;
        return *std::get_if<aisle::sample_stream>(&value);
    }

    std::variant<aisle::sample_stream, aisle::feed> value;
    std::string bucket;                  // for entries of a feed without a bucket
    std::unique_ptr<aisle_error> fault;  // set by finish(): the first fault of any batch
};

namespace aisle::capi {

aisle_summary to_c(summary const& from);

}  // namespace aisle::capi
