#pragma once

#include <aisle/export.h>
#include <aisle/object_info.hpp>
#include <aisle/result.hpp>
#include <aisle/retry.hpp>

#include <cstddef>
#include <iterator>
#include <memory>
#include <stop_token>
#include <vector>

namespace aisle {

namespace detail {
class listing_job;
struct bucket_access;
}  // namespace detail

/// Options of bucket::list().
struct list_options {
    /// True: also checksums, versions and locations. Costs the cluster more than names and sizes.
    bool details = false;
    /// True: also the members of archives (*.tar, *.tgz, *.tar.gz, *.zip, *.tar.lz4), each after its archive. AIStore
    /// reads every archive for this, in one more request per archive: in a single request for all of them AIStore loses
    /// members if the listing has several pages or an archive is damaged. Lists only archives that the cluster holds.
    bool members = false;
    /// True: without the objects that only a cloud bucket's backend holds.
    bool cached_only = false;
    /// Objects per page, 1 to 10,000. 0: AIStore's own page size, which is 10,000 for its buckets and 1,000 to 5,000
    /// for cloud buckets. Members come in addition.
    unsigned page_entries = 0;
    /// Number of pages to fetch ahead: 0 to 16.
    unsigned pages_ahead = 1;
    retry_options retry = {};
    /// Makes next_page() return errc::cancelled; the next call returns that page.
    std::stop_token stop = {};
};

/// A listing of a bucket's objects, in the byte order of their names; with list_options::members, the members of each
/// archive follow it. bucket::list() returns one.
///
///     for (aisle::object_info const& o : engine.bucket("ais://train").list("shards/")) use(o.name, o.size);
///
/// Fetches pages ahead while the caller works on the current one. Objects that are put or removed during the listing
/// may or may not be in it.
///
/// Move-only. Not thread-safe. The destructor cancels active requests and does not wait for them.
class AISLE_API object_listing {
public:
    class iterator;

    object_listing(object_listing&&) noexcept;
    object_listing& operator=(object_listing&&) noexcept;
    ~object_listing();

    /// Waits for the next page. Empty after the last one. After an error every further call returns the same error.
    /// Errors: those of bucket; errc::bad_metadata: the response is not a listing.
    result<std::vector<object_info>> next_page();

    /// An input iterator over the remaining objects. Throws aisle::exception where next_page() returns an error.
    iterator begin();
    std::default_sentinel_t end() const noexcept { return {}; }

private:
    friend struct detail::bucket_access;
    explicit object_listing(std::shared_ptr<detail::listing_job> job) noexcept;

    std::shared_ptr<detail::listing_job> job_;
};

/// Input iterator for range-for.
class object_listing::iterator {
public:
    using value_type = object_info;
    using difference_type = std::ptrdiff_t;

    explicit iterator(object_listing& from) : from_(&from) { load(); }
    object_info const& operator*() const noexcept { return page_[at_]; }
    object_info const* operator->() const noexcept { return &page_[at_]; }
    iterator& operator++() {
        if (++at_ == page_.size()) load();
        return *this;
    }
    void operator++(int) { ++*this; }
    bool operator==(std::default_sentinel_t) const noexcept { return page_.empty(); }

private:
    void load() {
        page_ = from_->next_page().value();
        at_ = 0;
    }

    object_listing* from_;
    std::vector<object_info> page_;
    std::size_t at_ = 0;
};

inline object_listing::iterator object_listing::begin() {
    return iterator(*this);
}

}  // namespace aisle
