#pragma once

#include <aisle/bucket.hpp>
#include <aisle/export.h>

#include <cstdint>
#include <filesystem>
#include <functional>
#include <string>
#include <vector>

// Starts the calls of bucket and object_listing without waiting for them; async_bucket.hpp is built on this.
namespace aisle::detail {

/// Called exactly once, on any thread, possibly before the function that takes it returns. Must not throw or block.
template <class T>
using done_call = std::function<void(result<T>)>;

/// Each function begins a call and returns a function that cancels it, callable from any thread at any time.
struct AISLE_API bucket_access {
    using cancel_call = std::function<void()>;

    static cancel_call head(bucket const& of, std::string object, operation_options how, done_call<object_info> done);
    static cancel_call exists(bucket const& of, std::string object, operation_options how, done_call<bool> done);
    static cancel_call get(bucket const& of, std::string object, get_options how, done_call<object_data> done);
    static cancel_call put(bucket const& of, std::string object, std::string bytes, operation_options how,
                           done_call<object_info> done);
    static cancel_call put_file(bucket const& of, std::string object, std::filesystem::path const& file,
                                operation_options how, std::function<void(std::uint64_t)> sent,
                                done_call<object_info> done);
    static cancel_call create(bucket const& of, operation_options how, done_call<bool> done);
    static cancel_call destroy(bucket const& of, operation_options how, done_call<bool> done);
    static cancel_call next_page(object_listing& of, done_call<std::vector<object_info>> done);

    static bucket_home const& home(bucket const& of) { return *of.home_; }
    static object_listing list(bucket const& of, std::string prefix, list_options options);
};

}  // namespace aisle::detail
