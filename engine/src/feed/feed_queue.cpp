#include "feed_queue.hpp"

#include <algorithm>
#include <chrono>
#include <limits>
#include <new>
#include <utility>

namespace aisle::detail {
namespace {

std::size_t batch_bytes_of(feed_options const& o) noexcept {
    if (o.batch_bytes != automatic) return o.batch_bytes;
    return o.batch_size == automatic ? std::size_t{16} << 20 : std::numeric_limits<std::size_t>::max();
}

}  // namespace

feed_queue::feed_queue(feed_options const& options)
    : max_waiting_(options.max_waiting), size_(options.batch_size), cutter_(batch_bytes_of(options), options.linger) {}

batch_source feed_queue::source() {
    // The last copy of the source closes the queue.
    std::shared_ptr<feed_queue> const closer(this, [self = shared_from_this()](feed_queue*) { self->close(); });
    return [closer] { return closer->next(); };
}

// ---- for submitters

bool feed_queue::submit(entry e) {
    if (is_of_a_parent()) return false;
    lock held(mutex_);
    if (!wait_for_room(held)) return false;
    cutter_.add(std::move(e), batch_cutter::clock::now());
    added(held);
    return true;
}

bool feed_queue::submit(batch b) {
    if (is_of_a_parent()) return false;
    lock held(mutex_);
    if (!wait_for_room(held)) return false;
    cutter_.add(std::move(b));
    added(held);
    return true;
}

std::size_t feed_queue::room() const {
    if (is_of_a_parent()) return 0;
    lock const held(mutex_);
    return takes_more() && waiting_.empty() ? room_locked() : 0;
}

void feed_queue::end_input() {
    if (is_of_a_parent()) return;
    waiters refused;
    std::shared_ptr<stream_job> stream;
    {
        lock const held(mutex_);
        ended_ = true;
        cutter_.end();
        refused.swap(waiting_);
        stream = stream_.lock();
    }
    changed_.notify_all();
    for (auto const& w : refused) w->done(false);
    if (stream) stream->input_ready();
}

void feed_queue::submit_later(std::shared_ptr<submit_wait> wait) noexcept {
    if (is_of_a_parent()) return wait->done(false);
    lock held(mutex_);
    bool refused = true;
    waiters taken;
    try {
        if (takes_more()) {
            waiting_.push_back(wait);
            refused = false;
            admit(taken);
        }
    } catch (...) {
        refused = refused || std::erase(waiting_, wait) > 0;
    }
    try {
        if (!taken.empty()) added(held);
    } catch (...) {  // no thread: the next use of the engine tries again
    }
    if (held) held.unlock();
    for (auto const& w : taken) w->done(true);
    if (refused) wait->done(false);
}

void feed_queue::stop_submitting(submit_wait const& wait) noexcept {
    if (is_of_a_parent()) return;
    std::shared_ptr<submit_wait> stopped;
    {
        lock const held(mutex_);
        auto const here = std::ranges::find_if(waiting_, [&](auto const& w) { return w.get() == &wait; });
        if (here == waiting_.end()) return;
        stopped = std::move(*here);
        waiting_.erase(here);
    }
    stopped->done(false);
}

std::size_t feed_queue::room_locked() const noexcept {
    return max_waiting_ - std::min(max_waiting_, cutter_.waiting());
}

bool feed_queue::wait_for_room(lock& held) {
    changed_.wait(held, [this] { return !takes_more() || (room_locked() > 0 && waiting_.empty()); });
    return takes_more();
}

// Makes the stream poll again if it waits: when an entry fills a batch, and for the first entry of a batch, because it
// becomes due after a while. Unlocks.
void feed_queue::added(lock& held) {
    bool const worth_it = cutter_.is_full(batch_size(), typical_bytes_) || !armed_;
    std::shared_ptr<stream_job> const stream = asks_ && worth_it ? stream_.lock() : nullptr;
    if (stream) asks_ = false;
    held.unlock();
    if (stream) stream->input_ready();
}

// Accepts waiting submits while there is space. If it throws, those accepted are in `taken` and the others keep
// waiting.
void feed_queue::admit(waiters& taken) {
    while (!waiting_.empty() && room_locked() > 0) {
        taken.push_back(waiting_.front());
        try {
            cutter_.add(std::move(waiting_.front()->what), batch_cutter::clock::now());
        } catch (...) {
            taken.pop_back();
            throw;
        }
        waiting_.pop_front();
    }
}

// ---- the stream

source_answer feed_queue::next() {
    std::shared_ptr<stream_job> stream;
    {
        lock const held(mutex_);
        stream = stream_.lock();
    }
    auto const typical = stream ? stream->typical_bytes() : 1;
    std::optional<batch> out;
    waiters taken;
    std::optional<not_yet> later;
    {
        lock const held(mutex_);
        auto const now = batch_cutter::clock::now();
        typical_bytes_ = typical;
        out = cutter_.next(batch_size(), typical, now);
        try {
            admit(taken);
        } catch (std::bad_alloc const&) {  // they keep waiting; without this much memory, the stream ends elsewhere
        }
        armed_ = false;
        if (!out && !cutter_.exhausted()) {
            asks_ = true;
            later = not_yet{std::chrono::milliseconds::max()};
            if (auto const due = cutter_.due()) {
                armed_ = true;
                later->ask_again_in = std::chrono::ceil<std::chrono::milliseconds>(*due - now);
            }
        }
    }
    changed_.notify_all();
    for (auto const& w : taken) w->done(true);
    if (later) return *later;
    return out;
}

void feed_queue::answered(batch_report const& report, std::chrono::steady_clock::time_point now) noexcept {
    lock const held(mutex_);
    size_.answered(report.delivered, report.bytes, report.first_sample, report.last_sample, now);
}

void feed_queue::close() noexcept {
    waiters refused;
    {
        lock const held(mutex_);
        closed_ = true;
        refused.swap(waiting_);
    }
    changed_.notify_all();
    for (auto const& w : refused) w->done(false);
}

}  // namespace aisle::detail
