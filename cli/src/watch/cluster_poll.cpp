#include "cluster_poll.hpp"

#include "../text/printable.hpp"

#include <exception>
#include <utility>

namespace aisle::cli {
namespace {

engine_options for_polls(engine_options options) {
    options.shards = 1;
    options.log = {};
    return options;
}

}  // namespace

cluster_poll::cluster_poll(engine_options const& options)
    : engine_(for_polls(options)), thread_([this](std::stop_token stop) { run(std::move(stop)); }) {}

cluster_poll::~cluster_poll() = default;

void cluster_poll::run(std::stop_token stop) {
    std::unique_lock lock(mutex_);
    while (!stop.stop_requested()) {
        auto const poll = wanted_;
        lock.unlock();
        auto fetched = fetch(stop);
        lock.lock();
        if (stop.stop_requested()) return;
        store(std::move(fetched));
        done_ = poll;
        wake_.notify_all();
        auto const pause = why_.empty() ? std::chrono::milliseconds(every) : std::chrono::milliseconds(after_failure);
        wake_.wait_for(lock, stop, pause, [&] { return wanted_ > poll; });
        if (wanted_ == poll) ++wanted_;
    }
}

cluster_poll::poll_result cluster_poll::fetch(std::stop_token stop) const {
    poll_result out;
    try {
        auto fetched = fetch_cluster_stats(engine_, std::move(stop));
        if (fetched)
            out.stats = std::move(*fetched);
        else
            out.why = printable(fetched.error().message());
    } catch (std::exception const& e) {  // no memory, or no thread for the engine
        out.why = e.what();
    }
    return out;
}

void cluster_poll::store(poll_result fetched) {
    why_ = std::move(fetched.why);
    if (!fetched.stats) return;
    before_ = std::exchange(newest_, std::move(fetched.stats));
    if (!base_) base_ = newest_;
}

bool cluster_poll::refresh(std::chrono::milliseconds timeout) {
    std::unique_lock lock(mutex_);
    auto const poll = ++wanted_;
    wake_.notify_all();
    return wake_.wait_for(lock, timeout, [&] { return done_ >= poll; });
}

void cluster_poll::begin() {
    std::lock_guard const lock(mutex_);
    base_ = newest_;
}

cluster_poll::view cluster_poll::current() const {
    std::lock_guard const lock(mutex_);
    view out;
    out.newest = newest_;
    if (newest_ && base_) out.whole = newest_->since(*base_);
    if (newest_ && before_) out.recent = newest_->since(*before_);
    out.why = why_;
    return out;
}

cluster_report cluster_poll::report() const {
    auto const now = current();
    cluster_report out;
    out.asked = true;
    if (now.whole && now.whole->elapsed.count() > 0) out.interval = now.whole;
    out.why = now.why;
    return out;
}

}  // namespace aisle::cli
