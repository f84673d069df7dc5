#pragma once

#include <aisle/batch.hpp>
#include <aisle/export.h>
#include <aisle/object_info.hpp>
#include <aisle/object_listing.hpp>
#include <aisle/result.hpp>
#include <aisle/retry.hpp>
#include <aisle/slab.hpp>

#include <cstddef>
#include <cstdint>
#include <filesystem>
#include <functional>
#include <memory>
#include <span>
#include <stop_token>
#include <string>
#include <string_view>
#include <utility>

namespace aisle {

class engine;

namespace detail {
class bucket_home;
struct bucket_access;
}  // namespace detail

/// Options of a single operation on a bucket.
struct operation_options {
    /// How often and how long to retry.
    retry_options retry = {};
    /// Cancels a blocking call, which then returns errc::cancelled. Calls with a completion token use their
    /// cancellation slot instead.
    std::stop_token stop = {};
};

/// Options of bucket::get().
struct get_options {
    /// Path of a member inside the object, which must then be an archive. Empty: the object itself.
    std::string archpath = {};
    /// Bytes of the object, or of the member; {0, 0}: all of them. AIStore sends members whole; the client cuts out the
    /// range.
    byte_range range = {};
    retry_options retry = {};
    std::stop_token stop = {};  ///< see operation_options::stop
};

/// The bytes of an object and its metadata. Cheap to move and to copy: copies share the bytes, which live as long as
/// the last copy. May outlive its engine. As thread-safe as std::shared_ptr.
class object_data {
public:
    object_data() = default;
    object_data(object_info about, std::span<std::byte const> bytes, slab_ref in) noexcept
        : about_(std::move(about)), bytes_(bytes), in_(std::move(in)) {}

    /// info().size is the size of these bytes. For a part of an object, checksum and version are those of the whole.
    object_info const& info() const noexcept { return about_; }
    std::span<std::byte const> bytes() const noexcept { return bytes_; }
    std::size_t size() const noexcept { return bytes_.size(); }
    /// The bytes as text, unchecked.
    std::string_view text() const noexcept { return {reinterpret_cast<char const*>(bytes_.data()), bytes_.size()}; }

private:
    object_info about_;
    std::span<std::byte const> bytes_;
    slab_ref in_;
};

/// A bucket of the cluster: lists, reads and writes its objects.
///
/// engine::bucket() returns one. It holds a name and a reference to the engine, so it is cheap to copy and to keep. All
/// calls use the engine's connections, credentials, timeouts, proxies and request limit, and retry as Get-Batch
/// requests do. They do not count against the engine's memory budget: the caller owns what get() returns, which is at
/// most engine_options::max_sample_bytes.
///
/// Thread-safe. Each call blocks until it is done; async_bucket.hpp has the same calls with a completion token. A call
/// on an engine thread (from a sink) fails with errc::invalid_argument. Calls fail with errc::cancelled when the engine
/// is destroyed. In a forked child they fail with errc::invalid_argument; get a new bucket from the engine there.
///
/// Errors of every call:
///  - errc::missing: the object, the archive or its member does not exist;
///  - errc::server_error: another refusal, with http_status and the server's message, such as 404 with server_code
///    "ErrBckNotFound" for an unknown bucket, or 401 and 403 for a token;
///  - errc::invalid_entry: a name or range that AIStore would refuse; nothing was sent;
///  - connection errors of the last attempt; errc::cancelled.
/// The text names the object and the number of attempts. Calls throw only std::bad_alloc, and std::system_error if no
/// thread can be started.
///
/// An object counts as missing only if a settled cluster says so: while nodes join or leave, the call retries within
/// the limits of `retry`.
class AISLE_API bucket {
public:
    bucket(bucket const&) = default;  // moving one copies it
    bucket& operator=(bucket const&) = default;

    /// The URI that was passed to engine::bucket(), such as "ais://name".
    std::string const& uri() const noexcept;

    /// Lists the objects whose names begin with prefix, in order, one page at a time. Sends nothing before the first
    /// page is requested. The listing returns errors.
    object_listing list(std::string prefix = {}, list_options options = {}) const;

    /// The metadata of an object. Does not fetch a cold object from the bucket's backend. AIStore has no metadata of
    /// archive members: list them instead.
    result<object_info> head(std::string_view object, operation_options options = {}) const;
    /// Whether the object exists. Errors other than errc::missing are returned as errors.
    result<bool> exists(std::string_view object, operation_options options = {}) const;

    /// Fetches an object, an archive member, or a range of one. When a connection breaks, the bytes received so far are
    /// kept and only the rest is requested again. A whole object is checked against the checksum that AIStore sends
    /// (errc::wrong_checksum). errc::wrong_size: the range is not inside the object.
    result<object_data> get(std::string_view object, get_options options = {}) const;
    /// Like get(), into the caller's memory; writes the first info.size bytes. errc::limit_exceeded if `to` is too
    /// small. On any error `to` is unchanged.
    result<object_info> get_into(std::span<std::byte> to, std::string_view object, get_options options = {}) const;

    /// Stores an object, whole or not at all; replaces an existing one of that name. Compares the checksum in the
    /// response with that of the bytes if its type is known (errc::wrong_checksum).
    result<object_info> put(std::string_view object, std::span<std::byte const> bytes,
                            operation_options options = {}) const;
    result<object_info> put(std::string_view object, std::string bytes, operation_options options = {}) const;
    /// Like put(), from a file that an engine thread reads while it sends. sent, which may be empty, is called on that
    /// thread with the number of bytes read so far; it must not throw or block, and is not called after put_file() has
    /// returned. The number starts at 0 again with each attempt, and once more when the file is read again to compare
    /// checksums. Do not write to the file meanwhile. errc::invalid_argument: the file cannot be read, is not a regular
    /// file, or became shorter.
    result<object_info> put_file(std::string_view object, std::filesystem::path const& file,
                                 operation_options options = {}, std::function<void(std::uint64_t)> sent = {}) const;

    /// Creates the bucket (AIStore creates only those of provider ais). False: it existed. If a response is lost and
    /// the retry finds the bucket, the result is true, because it cannot be known who created it.
    result<bool> create(operation_options options = {}) const;
    /// Destroys the bucket and all its objects. False: there was no such bucket.
    result<bool> destroy(operation_options options = {}) const;

private:
    friend class engine;
    friend struct detail::bucket_access;
    explicit bucket(std::shared_ptr<detail::bucket_home const> home) noexcept : home_(std::move(home)) {}

    std::shared_ptr<detail::bucket_home const> home_;
};

}  // namespace aisle
