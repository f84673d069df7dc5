#pragma once

#include <aisle/playground/server.hpp>

#include <catch2/catch.hpp>

#include <aisle.h>
#include <cstdint>
#include <memory>
#include <string>
#include <string_view>

namespace aisle::test {

template <auto Free>
struct freed {
    template <class T>
    void operator()(T* handle) const noexcept {
        Free(handle);
    }
};
using held_engine = std::unique_ptr<aisle_engine, freed<aisle_engine_free>>;
using held_batch = std::unique_ptr<aisle_batch, freed<aisle_batch_free>>;
using held_stream = std::unique_ptr<aisle_stream, freed<aisle_stream_free>>;
using held_block = std::unique_ptr<aisle_block, freed<aisle_block_free>>;
using held_sample = std::unique_ptr<aisle_sample, freed<aisle_sample_free>>;
using held_bucket = std::unique_ptr<aisle_bucket, freed<aisle_bucket_free>>;
using held_object = std::unique_ptr<aisle_object, freed<aisle_object_free>>;
using held_listing = std::unique_ptr<aisle_listing, freed<aisle_listing_free>>;
using held_error = std::unique_ptr<aisle_error, freed<aisle_error_free>>;

/// A playground with ais://synthetic, 100 objects of 1,000 bytes, and an engine for it.
struct served {
    served() : server(options()) {
        server.start();
        auto const endpoint = server.endpoint();
        aisle_engine_options how{};
        how.size = sizeof how;
        how.endpoint = endpoint.c_str();
        aisle_engine* made = nullptr;
        REQUIRE(aisle_engine_new(&how, &made, nullptr) == AISLE_OK);
        engine.reset(made);
    }

    /// A batch of the first n objects; tags count from 0.
    held_batch batch(std::uint64_t n) const {
        aisle_batch* made = nullptr;
        REQUIRE(aisle_batch_new("ais://synthetic", &made, nullptr) == AISLE_OK);
        held_batch out(made);
        for (std::uint64_t i = 0; i < n; ++i) REQUIRE(add(made, playground::synthetic_name(i), i) == AISLE_OK);
        return out;
    }
    /// Also for sources, which engine threads call: it has no assertions.
    static aisle_status add(aisle_batch* to, std::string const& object, std::uint64_t tag) {
        aisle_entry entry{};
        entry.size = sizeof entry;
        entry.object = object.c_str();
        entry.tag = tag;
        return aisle_batch_add(to, &entry, nullptr);
    }
    held_stream get(aisle_batch* of) const {
        aisle_stream* made = nullptr;
        REQUIRE(aisle_stream_get(engine.get(), of, nullptr, &made, nullptr) == AISLE_OK);
        return held_stream(made);
    }
    held_bucket bucket(char const* uri) const {
        aisle_bucket* made = nullptr;
        REQUIRE(aisle_bucket_open(engine.get(), uri, &made, nullptr) == AISLE_OK);
        return held_bucket(made);
    }

    playground::server server;
    held_engine engine;

private:
    static playground::server_options options() {
        playground::server_options out;
        out.made_up = playground::synthetic{"synthetic", 100, 1'000};
        return out;
    }
};

/// The next block, waited for; null at the end.
inline held_block next(aisle_stream* from) {
    aisle_block* block = nullptr;
    auto const status = aisle_stream_next(from, -1, &block, nullptr);
    REQUIRE((status == AISLE_OK || status == AISLE_END));
    return held_block(block);
}

inline aisle_sample_info info_of(aisle_block const* block, std::size_t index) {
    aisle_sample_info out{};
    out.size = sizeof out;
    REQUIRE(aisle_block_sample(block, index, &out, nullptr) == AISLE_OK);
    return out;
}

}  // namespace aisle::test
