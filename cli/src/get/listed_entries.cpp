#include "listed_entries.hpp"

#include <aisle/bucket.hpp>

#include <algorithm>
#include <random>
#include <utility>
#include <vector>

namespace aisle::cli {
namespace {

entry entry_of(std::string const& bucket, object_info const& o) {
    entry e;
    e.bucket = bucket;
    e.object = o.name;
    e.expected_size = o.size;
    return e;
}

/// Selects objects of a list of unknown length, each with the same probability (reservoir sampling).
class reservoir {
public:
    reservoir(std::uint64_t size, std::uint64_t seed) : size_(size), random_(seed) {}

    void add(object_info o) {
        auto const position = seen_++;
        if (kept_.size() < size_) return kept_.emplace_back(position, std::move(o)), void();
        // Not std::uniform_int_distribution, which differs between standard libraries.
        auto const slot = random_() % seen_;
        if (slot < size_) kept_[static_cast<std::size_t>(slot)] = {position, std::move(o)};
    }

    std::vector<std::pair<std::uint64_t, object_info>> take() {
        std::ranges::sort(kept_, {}, &std::pair<std::uint64_t, object_info>::first);
        return std::move(kept_);
    }

private:
    std::uint64_t const size_;
    std::mt19937_64 random_;
    std::uint64_t seen_ = 0;
    std::vector<std::pair<std::uint64_t, object_info>> kept_;  ///< with their positions in the list
};

}  // namespace

std::uint64_t submit_listed(engine& from, listing_options const& options, std::function<bool(entry)> const& submit,
                            std::stop_token stop) {
    list_options how;
    how.retry = options.retry;
    how.stop = stop;
    auto listing = from.bucket(options.bucket).list(options.prefix, how);
    reservoir selection(options.sample.value_or(0), options.seed);
    std::uint64_t submitted = 0;
    for (;;) {
        auto page = listing.next_page();
        if (stop.stop_requested()) return 0;
        if (page.value().empty()) break;
        for (auto& o : *page) {
            if (options.sample) {
                selection.add(std::move(o));
            } else {
                if (!submit(entry_of(options.bucket, o))) return submitted;
                ++submitted;
            }
        }
    }
    for (auto const& [position, o] : selection.take()) {
        if (!submit(entry_of(options.bucket, o))) break;
        ++submitted;
    }
    return submitted;
}

}  // namespace aisle::cli
