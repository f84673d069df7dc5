#pragma once

#include <cstddef>
#include <cstdint>
#include <list>
#include <memory>
#include <string>
#include <unordered_map>

namespace aisle::playground {

/// Unpacked bytes of a compressed shard.
struct unpacked {
    std::string bytes;
    /// The error that ended the reading, with Go's message; empty if there is none.
    std::string damage;
};

/// A cache with a size limit in bytes; the least recently used part is removed first. Not thread-safe.
class unpacked_cache {
public:
    explicit unpacked_cache(std::size_t max_bytes) : max_bytes_(max_bytes) {}

    /// Null if it is not in the cache.
    std::shared_ptr<unpacked const> find(std::string const& key);
    /// Adds or replaces a part.
    void keep(std::string const& key, std::shared_ptr<unpacked const> what);

private:
    struct entry {
        std::string key;
        std::shared_ptr<unpacked const> what;
        std::size_t cost() const noexcept { return key.size() + what->bytes.size() + sizeof(unpacked); }
    };
    void drop(std::list<entry>::iterator at);

    std::size_t max_bytes_;
    std::size_t bytes_ = 0;
    std::list<entry> entries_;  // the most recently used one at the front
    std::unordered_map<std::string, std::list<entry>::iterator> by_key_;
};

}  // namespace aisle::playground
