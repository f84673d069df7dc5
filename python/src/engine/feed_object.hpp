#pragma once

#include "../call/call.hpp"
#include "../nanobind_headers.hpp"
#include "feed_reader.hpp"

#include <aisle/feed.hpp>
#include <aisle/sample_block.hpp>

#include <cstdint>
#include <memory>
#include <vector>

namespace aisle::python {

/// How a stream reports an entry that does not exist.
enum class missing_policy : std::uint8_t { yield, skip, raise };

/// The native half of aisle.Stream: a feed, the reader that fills it, and the samples taken out of it. With the GIL; no
/// call waits.
class feed_object {
public:
    feed_object(feed from, std::string default_bucket, std::size_t max_waiting, missing_policy missing)
        : feed_(std::make_shared<feed>(std::move(from))),
          reader_(std::move(default_bucket), max_waiting),
          missing_(missing) {}

    /// As feed_reader::read(): True if the source may have more now, False if there is no space, None at the end. One
    /// thread at a time.
    nb::object read(nb::handle iterator);
    /// Submits one item of a source. Precondition: room() is not 0.
    void submit(nb::handle item) { reader_.submit_item(item, *feed_); }
    void end_input() { feed_->end_input(); }

    /// A list of the samples that have arrived, or None if there are none yet. Never an empty list. With
    /// missing_policy::raise a sample that was not delivered ends the list before it; the next call raises it as a
    /// Python exception, and the one after that continues after it.
    nb::object take();
    /// The same, with all samples of one request, or those before one that is raised.
    nb::object take_batch();
    /// The samples of an incomplete request, if no more will arrive. None if there are none.
    nb::object take_rest();
    bool has_rest() const noexcept { return !found_.empty(); }

    /// No more samples will arrive.
    bool at_end() const { return at_ == current_.size() && feed_->at_end(); }
    /// Every submitted entry has its result, and its sample was taken.
    bool is_complete() const noexcept { return taken_ == reader_.submitted(); }
    std::uint64_t taken() const noexcept { return taken_; }
    std::uint64_t submitted() const noexcept { return reader_.submitted(); }
    std::size_t room() const { return feed_->room(); }
    int descriptor() { return feed_->ready_fd(); }
    void cancel() noexcept { feed_->cancel(); }
    /// Waits, on a separate thread, until all responses are checked; returns the summary as a tuple.
    call finish();
    nb::list reports();

private:
    struct found {
        sample of;
        std::uint64_t number;
        std::uint64_t tag;
    };

    bool next_block();
    void collect_some();
    bool collect_batch();
    bool collect(sample_view view);
    nb::object give();
    void raise_undelivered();

    std::shared_ptr<feed> feed_;
    feed_reader reader_;
    missing_policy const missing_;
    sample_block current_;
    std::size_t at_ = 0;        // position in current_
    std::vector<found> found_;  // to be returned
    std::uint64_t found_bytes_ = 0;
    std::uint64_t taken_ = 0;
    bool raises_ = false;  // the sample at at_ is to be raised
};

/// Binds _aisle.Feed.
void bind_feed(nb::module_& m);

}  // namespace aisle::python
