#pragma once

#include "bucket_id.hpp"
#include "stored_object.hpp"

#include <aisle/playground/synthetic.hpp>
#include <aisle/result.hpp>

#include <cstdint>
#include <filesystem>
#include <map>
#include <memory>
#include <mutex>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace aisle::playground {

struct listed_object {
    std::string name;
    std::uint64_t size = 0;
    bool present = true;  ///< in the cluster
};

/// What a plain GET of an object brought.
struct fetched {
    std::optional<stored_object> object = {};
    bool was_cold = false;  ///< it came from the backend
};

/// An object being written. It appears under its name, whole, at commit(); dropped before that, it leaves nothing.
class upload {
public:
    virtual ~upload() = default;
    virtual result<void> write(std::span<std::byte const> data) = 0;
    virtual result<void> commit() = 0;
};

/// The objects of one bucket. Thread-safe.
///
/// A name is text as in a request; one that cannot be a file below the bucket's folder ("..", an absolute path, a NUL)
/// is a missing object when read and errc::invalid_argument when written.
class bucket {
public:
    virtual ~bucket() = default;
    /// An object that is in the cluster.
    virtual std::optional<stored_object> open(std::string const& name) const = 0;
    /// The same, or one that the backend has, which is in the cluster from then on.
    virtual fetched fetch(std::string const& name) { return {.object = open(name)}; }
    /// The same, but one of the backend stays there.
    virtual std::optional<stored_object> open_anywhere(std::string const& name) const { return open(name); }
    /// The bucket of another provider that is behind this one, if there is one.
    virtual std::optional<bucket_id> backend() const { return std::nullopt; }
    virtual result<std::unique_ptr<upload>> put(std::string const& name) = 0;
    /// errc::missing when there is none.
    virtual result<void> remove(std::string const& name) = 0;
    /// Removes it from the cluster, not from the backend. errc::missing when it is not there.
    virtual result<void> evict(std::string const& name) { return remove(name); }
    /// Up to `limit` objects whose names begin with prefix and are greater than `after`, in order of their bytes.
    virtual std::vector<listed_object> list(std::string_view prefix, std::string_view after, std::size_t limit) = 0;
};

/// The buckets: the sub-folders of a root, or in memory, and a made-up one beside them. Thread-safe.
class store {
public:
    virtual ~store() = default;
    /// Empty when there is no such bucket.
    virtual std::shared_ptr<bucket> find(bucket_id const& id) = 0;
    /// In order.
    virtual std::vector<bucket_id> names() = 0;
    /// False when it exists already.
    virtual result<bool> create(bucket_id const& id) = 0;
    virtual result<void> destroy(bucket_id const& id) = 0;
    /// Removes all objects of a bucket with a backend from the cluster; false when it has none.
    virtual bool evict_all(bucket_id const&) { return false; }
};

/// Bytes that all objects of a memory store may take together; an upload beyond it fails with errc::limit_exceeded.
inline constexpr std::uint64_t memory_store_bytes = std::uint64_t{4} << 30;

std::unique_ptr<store> make_memory_store();
/// root must be a folder. Its sub-folders are the buckets: "b" is ais://b and "s3:b" is s3://b (likewise gs, az, oc).
/// A sub-folder whose name is a namespace ("#space", "@uuid" or "@uuid#space") holds the buckets of that namespace:
/// "#space/b" is ais://#space/b.
std::unique_ptr<store> make_folder_store(std::filesystem::path const& root);
/// Puts a made-up bucket, which cannot be written, beside those of `rest`.
std::unique_ptr<store> with_made_up(std::unique_ptr<store> rest, synthetic made_up);
/// Refuses what would change `rest`.
std::unique_ptr<store> as_read_only(std::unique_ptr<store> rest);
/// Gives buckets of `rest` a backend each: their objects are there, and in the cluster only once they were asked for by
/// a plain GET.
std::unique_ptr<store> with_cold(std::unique_ptr<store> rest, std::map<bucket_id, bucket_id> const& backends);

}  // namespace aisle::playground
