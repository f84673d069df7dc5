#pragma once

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

/// What is wanted of a listing.
struct list_options {
    /// Checksums, versions and locations too. Costs the cluster more than names and sizes do.
    bool details = false;
    /// Members of archives too, each behind its archive (*.tar, *.tgz, *.tar.gz, *.zip, *.tar.lz4). AIStore reads every
    /// archive for it, and every archive costs one more request: asked for all of them at once, AIStore loses some
    /// where the listing takes several pages, or where an archive is damaged. Only what is in the cluster is listed.
    bool members = false;
    /// Leaves out what only a cloud bucket's backend has.
    bool cached_only = false;
    /// Objects in a page, 1 to 10,000; 0: as many as AIStore gives, which is 10,000 for its own buckets and 1,000 to
    /// 5,000 for those of clouds. Members come in addition.
    unsigned page_entries = 0;
    /// Pages that are asked for before they are wanted: 0 to 16.
    unsigned pages_ahead = 1;
    retry_options retry = {};
    /// Ends next_page() with errc::cancelled; the page comes with the next call.
    std::stop_token stop = {};
};

/// What is in a bucket: its objects in order of their names' bytes, and with list_options::members the members of each
/// archive behind it. bucket::list() gives one.
///
///     for (aisle::object_info const& o : engine.bucket("ais://train").list("shards/")) use(o.name, o.size);
///
/// Pages are fetched while the caller is busy with the one before. Objects that are put or removed meanwhile may be in
/// it or not.
///
/// Move-only. One thread at a time. Destroying it ends the requests under way and does not wait for them.
class object_listing {
public:
    class iterator;

    object_listing(object_listing&&) noexcept;
    object_listing& operator=(object_listing&&) noexcept;
    ~object_listing();

    /// The next page, waiting for it; an empty one after the last, also again. After an error every further call gives
    /// the same one. Errors: those of bucket; errc::bad_metadata for an answer that is no listing.
    result<std::vector<object_info>> next_page();

    /// An input iterator over all that is left. Its steps throw aisle::exception where next_page() has an error.
    iterator begin();
    std::default_sentinel_t end() const noexcept { return {}; }

private:
    friend struct detail::bucket_access;
    explicit object_listing(std::shared_ptr<detail::listing_job> job) noexcept;

    std::shared_ptr<detail::listing_job> job_;
};

/// Input iterator of range-for.
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
