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
    bool present = true;  ///< it is in the cluster
};

/// The result of a plain GET.
struct fetched {
    std::optional<stored_object> object = {};
    bool was_cold = false;  ///< it came from the backend
};

/// An object that is being written. It becomes visible when commit() succeeds. If it is destroyed before that, nothing
/// remains.
class upload {
public:
    virtual ~upload() = default;
    virtual result<void> write(std::span<std::byte const> data) = 0;
    virtual result<void> commit() = 0;
};

/// The objects of one bucket. Thread-safe.
///
/// Names are those in requests. A name that cannot be a file below the bucket's folder ("..", an absolute path, a NUL)
/// is a missing object when read, and errc::invalid_argument when written.
class bucket {
public:
    virtual ~bucket() = default;
    /// Opens an object that is in the cluster.
    virtual std::optional<stored_object> open(std::string const& name) const = 0;
    /// The same, but fetches the object from the backend into the cluster first if necessary.
    virtual fetched fetch(std::string const& name) { return {.object = open(name)}; }
    /// Opens an object in the cluster or the backend, without fetching it into the cluster.
    virtual std::optional<stored_object> open_anywhere(std::string const& name) const { return open(name); }
    /// The backend bucket, if there is one.
    virtual std::optional<bucket_id> backend() const { return std::nullopt; }
    virtual result<std::unique_ptr<upload>> put(std::string const& name) = 0;
    /// Error: errc::missing if it does not exist.
    virtual result<void> remove(std::string const& name) = 0;
    /// Removes it from the cluster, not from the backend. Error: errc::missing if it is not in the cluster.
    virtual result<void> evict(std::string const& name) { return remove(name); }
    /// Up to `limit` objects whose names start with prefix and are greater than `after`, in byte order.
    virtual std::vector<listed_object> list(std::string_view prefix, std::string_view after, std::size_t limit) = 0;
};

/// A set of buckets. Thread-safe.
class store {
public:
    virtual ~store() = default;
    /// Null if there is no such bucket.
    virtual std::shared_ptr<bucket> find(bucket_id const& id) = 0;
    /// All buckets, sorted.
    virtual std::vector<bucket_id> names() = 0;
    /// False if it exists already.
    virtual result<bool> create(bucket_id const& id) = 0;
    virtual result<void> destroy(bucket_id const& id) = 0;
    /// Removes all objects of a bucket from the cluster; false if it has no backend.
    virtual bool evict_all(bucket_id const&) { return false; }
};

/// Limit for all objects of a memory store in bytes. An upload beyond it fails with errc::limit_exceeded.
inline constexpr std::uint64_t memory_store_bytes = std::uint64_t{4} << 30;

std::unique_ptr<store> make_memory_store();
/// Buckets in the sub-folders of root, which must exist: "b" is ais://b and "s3:b" is s3://b (likewise gs, az, oc). A
/// sub-folder named like a namespace ("#space", "@uuid" or "@uuid#space") contains the buckets of that namespace:
/// "#space/b" is ais://#space/b.
std::unique_ptr<store> make_folder_store(std::filesystem::path const& root);
/// Adds a read-only bucket of made-up objects to those of `rest`.
std::unique_ptr<store> with_made_up(std::unique_ptr<store> rest, synthetic made_up);
/// Refuses all changes to `rest`.
std::unique_ptr<store> as_read_only(std::unique_ptr<store> rest);
/// Gives buckets of `rest` a backend: their objects are in the backend, and in the cluster only after a plain GET.
std::unique_ptr<store> with_cold(std::unique_ptr<store> rest, std::map<bucket_id, bucket_id> const& backends);

}  // namespace aisle::playground
