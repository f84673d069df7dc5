#pragma once

#include "bucket_home.hpp"
#include "page_fetch.hpp"

#include <cstdint>
#include <deque>
#include <memory>
#include <mutex>
#include <optional>

namespace aisle::detail {

/// What an object_listing holds: fetches pages ahead, and hands them out one after the other. Thread-safe.
class listing_job : public std::enable_shared_from_this<listing_job> {
public:
    using page = std::vector<object_info>;

    listing_job(std::shared_ptr<bucket_home const> home, std::string prefix, list_options options);

    /// done gets the next page: at once where it is here. One at a time: invalid_argument for a second one. Returns
    /// what ends the waiting, with errc::cancelled; the page is kept then.
    std::function<void()> next(completion<page> done);
    /// Ends everything, as with the listing itself.
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
    std::deque<result<page>> ready_;  // an error is the last of them
    completion<page> waiting_;        // for the next page, when none is ready
    std::function<void()> cancel_;    // what is under way
    std::optional<error> fault_;      // that was handed out
    std::uint64_t fetches_ = 0;
    bool fetching_ = false;
    bool closed_ = false;
    bool over_ = false;  // nothing is left to fetch
};

}  // namespace aisle::detail
