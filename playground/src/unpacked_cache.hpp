#pragma once

#include <cstddef>
#include <cstdint>
#include <list>
#include <memory>
#include <string>
#include <unordered_map>

namespace aisle::playground {

/// Bytes out of a compressed shard.
struct unpacked {
    std::string bytes;
    /// What the reading ended with, in Go's words: bytes that are missing or wrong. Empty when all is well.
    std::string damage;
};

/// Keeps what was unpacked, up to a number of bytes; what was not used for longest goes first. Not thread-safe.
class unpacked_cache {
public:
    explicit unpacked_cache(std::size_t max_bytes) : max_bytes_(max_bytes) {}

    /// Null when it is not kept.
    std::shared_ptr<unpacked const> find(std::string const& key);
    /// Keeps it under its key, in place of what was there.
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
    std::list<entry> entries_;  // the one used last at the front
    std::unordered_map<std::string, std::list<entry>::iterator> by_key_;
};

}  // namespace aisle::playground
