#pragma once

#include <catch2/catch.hpp>

#include <algorithm>
#include <cstring>
#include <request/object_transfer.hpp>
#include <string>
#include <string_view>

namespace aisle::test {

/// The answer to one plain GET.
struct object_answer {
    int status = 200;
    bool chunked = false;
    std::string content_range = {}, etag = {}, version = {}, checksum = {}, last_modified = {};
    std::string body = {};

    detail::object_head head() const {
        detail::object_head out{status, body.size(), content_range, etag, version, checksum, last_modified};
        if (chunked) out.content_length.reset();
        return out;
    }
};

/// The server side of plain GETs: one object, or one member of a shard, and the fields that describe it.
struct object_store {
    std::string bytes = {};
    std::string etag = {}, version = {}, checksum = {}, last_modified = {};
    bool honours_range = true;
    bool chunked = false;
    std::size_t bytes_sent = 0;    ///< of bodies, as requested
    std::string range_asked = {};  ///< by the last request; empty: none

    object_answer answer(http::request const& r) {
        object_answer out{200, chunked, "", etag, version, checksum, last_modified, bytes};
        range_asked.clear();
        for (auto const& f : r.extra)
            if (f.name == "Range") range_asked = f.value;
        if (range_asked.empty() || !honours_range) return out;
        auto const dash = range_asked.find('-');
        auto const first = std::stoull(range_asked.substr(6, dash - 6));
        auto const last = dash + 1 < range_asked.size() ? std::stoull(range_asked.substr(dash + 1)) : bytes.size();
        if (first >= bytes.size()) {
            out.status = 416;
            out.content_range = "bytes */" + std::to_string(bytes.size());
            out.body = "{}";
            return out;
        }
        out.status = 206;
        out.body = bytes.substr(first, last - first + 1);
        out.content_range = "bytes " + std::to_string(first) + '-' + std::to_string(first + out.body.size() - 1) + '/' +
                            std::to_string(bytes.size());
        return out;
    }

    /// One request; the first `cut` bytes of its body arrive, in pieces of `step` bytes in the same memory.
    result<void> serve(detail::object_transfer& transfer, std::size_t cut = std::string::npos, std::size_t step = 3) {
        auto const request = transfer.next_request();
        if (!request) return request.error();
        auto const a = answer(*request);
        if (auto ok = transfer.begin(a.head()); !ok) return ok;
        cut = std::min(cut, a.body.size());
        bytes_sent += cut;
        std::string memory(step, '?');
        for (std::size_t at = 0; at < cut; at += step) {
            auto const n = std::min(step, cut - at);
            std::memcpy(memory.data(), a.body.data() + at, n);
            if (auto ok = transfer.data(std::as_bytes(std::span(memory.data(), n))); !ok) return ok;
            std::ranges::fill(memory, '?');
        }
        return cut < a.body.size() ? result<void>{} : transfer.end_of_body();
    }
};

/// The bytes of a complete transfer.
inline std::string taken_text(detail::object_transfer& transfer) {
    REQUIRE(transfer.complete());
    auto taken = transfer.take();
    CHECK(static_cast<bool>(taken.in) == !taken.bytes.empty());
    auto const flat = taken.bytes.flat();
    return {reinterpret_cast<char const*>(flat.data()), flat.size()};
}

/// Maximum size of a sample in these tests, in bytes.
constexpr std::uint64_t limit = 4 << 20;

inline entry object(byte_range range = {}) {
    return {.bucket = "ais://b", .object = "o", .range = range};
}

inline entry member(byte_range range = {}) {
    return {.bucket = "ais://b", .object = "o.tar", .archpath = "m", .range = range};
}

/// A transfer of one entry, by one or more requests.
struct bench {
    explicit bench(entry e, std::uint64_t most = limit) : what(std::move(e)), transfer(what, pool, most) {}

    // Starts a second request after the first `have` bytes of s.
    errc begins(object_store& s, std::size_t have, object_answer const& a) {
        transfer.restart();
        if (have > 0) REQUIRE(s.serve(transfer, have).has_value());
        auto const ok = transfer.begin(a.head());
        return ok ? errc{} : static_cast<errc>(ok.error().code.value());
    }

    entry what;
    slab_pool pool{64 << 20};
    detail::object_transfer transfer;
};

/// The Range field of its next request; empty without one.
inline std::string range_of(detail::object_transfer const& t) {
    auto const r = t.next_request().value();
    return r.extra.empty() ? "" : r.extra.at(0).name + ": " + r.extra.at(0).value;
}

inline errc code_of(result<void> const& r) {
    return r ? errc{} : static_cast<errc>(r.error().code.value());
}

}  // namespace aisle::test
