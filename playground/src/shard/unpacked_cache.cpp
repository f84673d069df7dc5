#include "unpacked_cache.hpp"

#include <iterator>

namespace aisle::playground {

std::shared_ptr<unpacked const> unpacked_cache::find(std::string const& key) {
    auto const at = by_key_.find(key);
    if (at == by_key_.end()) return nullptr;
    entries_.splice(entries_.begin(), entries_, at->second);
    return at->second->what;
}

void unpacked_cache::keep(std::string const& key, std::shared_ptr<unpacked const> what) {
    if (auto const at = by_key_.find(key); at != by_key_.end()) drop(at->second);
    entries_.push_front({key, std::move(what)});
    by_key_.emplace(key, entries_.begin());
    bytes_ += entries_.front().cost();
    while (bytes_ > max_bytes_) drop(std::prev(entries_.end()));
}

void unpacked_cache::drop(std::list<entry>::iterator at) {
    bytes_ -= at->cost();
    by_key_.erase(at->key);
    entries_.erase(at);
}

}  // namespace aisle::playground
