#include "../engine/engine_impl.hpp"
#include "../engine/engine_options.hpp"
#include "../stream/puller.hpp"
#include "feed_queue.hpp"

#include <aisle/engine.hpp>
#include <aisle/feed.hpp>

#include <utility>

namespace aisle {
namespace detail {

void submit_later(feed_queue& to, std::shared_ptr<submit_wait> wait) noexcept {
    to.submit_later(std::move(wait));
}

void stop_submitting(feed_queue& to, submit_wait& wait) noexcept {
    to.stop_submitting(wait);
}

}  // namespace detail

feed engine::open_feed(feed_options options) {
    options = detail::checked(std::move(options));
    auto const queue = std::make_shared<detail::feed_queue>(options);
    auto from = std::make_shared<detail::puller>();
    auto const job = here().open(queue->source(), std::move(options.stream), {}, {});
    queue->feeds(job);
    job->tell(queue);
    from->pulls_from(job);
    return {sample_stream(std::move(from)), queue};
}

feed::feed(sample_stream&& stream, std::shared_ptr<detail::feed_queue> queue) noexcept
    : sample_stream(std::move(stream)), queue_(std::move(queue)) {}

bool feed::submit(entry e) {
    return queue_->submit(std::move(e));
}

bool feed::submit(batch b) {
    return queue_->submit(std::move(b));
}

std::size_t feed::room() const {
    return queue_->room();
}

void feed::end_input() {
    queue_->end_input();
}

}  // namespace aisle
