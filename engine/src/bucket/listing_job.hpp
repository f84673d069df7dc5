#pragma once

#include "bucket_home.hpp"
#include "page_fetch.hpp"

#include <cstdint>
#include <deque>
#include <memory>
#include <mutex>
#include <optional>

namespace aisle::detail {

/// The implementation of object_listing: prefetches pages, and returns them one after the other. Thread-safe.
class listing_job : public std::enable_shared_from_this<listing_job> {
public:
    using page = std::vector<object_info>;

    listing_job(std::shared_ptr<bucket_home const> home, std::string prefix, list_options options);

    /// Passes the next page to done, immediately if it has arrived. One call at a time; a second one gets
    /// invalid_argument. Returns a function that ends the wait with errc::cancelled; the page is then kept.
    std::function<void()> next(completion<page> done);
    /// Cancels fetches and the wait: the listing was destroyed.
    void close() noexcept;

    bucket_home const& home() const noexcept { return *home_; }
    std::stop_token stop() const noexcept { return options_.stop; }

private:
    void fetch(std::unique_lock<std::mutex>& held);
    void fetched(result<listing_step> step);
    void end_waiting(error why) noexcept;

    std::shared_ptr<bucket_home const> const home_;
    std::string const prefix_;
    list_options const options_;

    std::mutex mutex_;
    listing_place at_;                // of the next page to fetch
    std::deque<result<page>> ready_;  // an error is the last element
    completion<page> waiting_;        // for the next page, when none is ready
    std::function<void()> cancel_;    // cancels the fetch in progress
    std::optional<error> fault_;      // the error that was returned
    std::uint64_t fetches_ = 0;
    bool fetching_ = false;
    bool closed_ = false;
    bool over_ = false;  // nothing is left to fetch
};

}  // namespace aisle::detail
