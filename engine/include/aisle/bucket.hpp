#pragma once

#include <aisle/batch.hpp>
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

/// What may be said of any one operation on a bucket.
struct operation_options {
    /// How long it is tried for when the cluster is in trouble.
    retry_options retry = {};
    /// Ends a call that blocks with errc::cancelled. Calls with a completion token have their cancellation slot
    /// instead.
    std::stop_token stop = {};
};

/// What is wanted of an object.
struct get_options {
    /// Path of a member inside the object, which then is an archive. Empty: the object itself.
    std::string archpath = {};
    /// Bytes of the object, or of the member; {0, 0}: all of them. A range of a member is cut out here: AIStore sends
    /// members whole.
    byte_range range = {};
    retry_options retry = {};
    std::stop_token stop = {};  ///< as operation_options::stop
};

/// The bytes of an object, and what AIStore said of it. Cheap to move and to copy: copies share the bytes, which live
/// as long as one of them. May outlive its engine. Thread-safe as a shared_ptr is.
class object_data {
public:
    object_data() = default;
    object_data(object_info about, std::span<std::byte const> bytes, slab_ref in) noexcept
        : about_(std::move(about)), bytes_(bytes), in_(std::move(in)) {}

    /// size is that of the bytes here. Of a part of an object: checksum and version are of the whole.
    object_info const& info() const noexcept { return about_; }
    std::span<std::byte const> bytes() const noexcept { return bytes_; }
    std::size_t size() const noexcept { return bytes_.size(); }
    /// The bytes as text, whatever they are.
    std::string_view text() const noexcept { return {reinterpret_cast<char const*>(bytes_.data()), bytes_.size()}; }

private:
    object_info about_;
    std::span<std::byte const> bytes_;
    slab_ref in_;
};

/// One bucket of the cluster that an engine reads from: what is in it, and its objects one at a time.
///
/// engine::bucket() gives one. It is a name and a reference to the engine: copy it, keep it. Everything goes through
/// the engine's connections, with its identity, its time limits, its choice of proxies and its limit of requests, and
/// is tried again as Get-Batch requests are. Nothing is counted in the engine's memory budget: what get() gives is the
/// caller's, and at most engine_options::max_sample_bytes.
///
/// Thread-safe. Each call blocks until it is done; async_bucket.hpp has the same calls with a completion token. They
/// must not be made on one of the engine's own threads, as by a sink: errc::invalid_argument. When the engine is
/// destroyed, or was before, they end with errc::cancelled. In a forked child: errc::invalid_argument; take a new
/// bucket from the engine there.
///
/// Errors of every call: errc::missing where the object, the archive or its member does not exist; errc::server_error
/// with http_status and the server's own words for another refusal, such as 404 and server_code "ErrBckNotFound" where
/// there is no such bucket, 401 and 403 for the token; errc::invalid_entry for a name or a range that AIStore would
/// refuse, before anything is sent; those of connections, of the last attempt; errc::cancelled. The text names the
/// object and says how often it was tried. Only std::bad_alloc and std::system_error, where no thread can be started,
/// are thrown.
///
/// An object counts as missing when the server says so in a settled cluster, as everywhere in Aisle: while nodes join
/// or leave it is asked for again, for as long as `retry` says.
class bucket {
public:
    bucket(bucket const&) = default;  // moving one copies it
    bucket& operator=(bucket const&) = default;

    /// "ais://name", as it was given to engine::bucket().
    std::string const& uri() const noexcept;

    /// What is in the bucket, in order, a page at a time. prefix: of the names of objects. Nothing is sent before the
    /// first page is asked for. Errors come out of the listing.
    object_listing list(std::string prefix = {}, list_options options = {}) const;

    /// What AIStore knows of an object. Does not fetch it from its bucket's backend. AIStore has no such answer for
    /// members of archives: list them.
    result<object_info> head(std::string_view object, operation_options options = {}) const;
    /// head() without the details: false for an object that is missing. Other errors are errors.
    result<bool> exists(std::string_view object, operation_options options = {}) const;

    /// Fetches an object, a member of an archive, or a part of one. What has come stays when a connection breaks: the
    /// rest is asked for. A whole object is compared with the checksum that AIStore sends along: errc::wrong_checksum.
    /// errc::wrong_size: the range is not inside the object.
    result<object_data> get(std::string_view object, get_options options = {}) const;
    /// The same into the caller's memory, of which the first size() bytes are written. errc::limit_exceeded when it is
    /// too small; it is untouched then, and by every other error.
    result<object_info> get_into(std::span<std::byte> to, std::string_view object, get_options options = {}) const;

    /// Stores bytes as an object, whole or not at all, in place of one of that name. The answer's checksum, where its
    /// type is known here, is compared with that of the bytes: errc::wrong_checksum.
    result<object_info> put(std::string_view object, std::span<std::byte const> bytes,
                            operation_options options = {}) const;
    result<object_info> put(std::string_view object, std::string bytes, operation_options options = {}) const;
    /// The same with a file, which is read while it is sent, on an engine thread. sent: called on that thread with the
    /// number of bytes read so far, which begins anew with each attempt, and once more when the file is read again to
    /// compare checksums; never after put_file() has returned; may be empty; must not throw or block. Do not write to
    /// the file meanwhile. errc::invalid_argument for one that cannot be read, is no regular file, or becomes shorter.
    result<object_info> put_file(std::string_view object, std::filesystem::path const& file,
                                 operation_options options = {}, std::function<void(std::uint64_t)> sent = {}) const;

    /// Makes the bucket (AIStore makes those of provider ais only). False when there was one. True too when an answer
    /// was lost and the bucket was there at the next attempt: nobody can tell then who made it.
    result<bool> create(operation_options options = {}) const;
    /// Destroys the bucket with everything in it. False when there was none.
    result<bool> destroy(operation_options options = {}) const;

private:
    friend class engine;
    friend struct detail::bucket_access;
    explicit bucket(std::shared_ptr<detail::bucket_home const> home) noexcept : home_(std::move(home)) {}

    std::shared_ptr<detail::bucket_home const> home_;
};

}  // namespace aisle
