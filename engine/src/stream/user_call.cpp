// Runs and destroys the user's code, and ends it.
#include "user_call.hpp"

#include <utility>

namespace aisle::detail {

char const* stream_job::whose(code what) noexcept {
    switch (what) {
        case code::source: return "the batch source";
        case code::sink: return "the sink";
        case code::report: return "on_batch_end";
        case code::finished: return "the completion handler";
        case code::destructors: break;
    }
    return "a destructor";
}

void stream_job::begin(user_call& c) noexcept {
    c.next = std::exchange(calls_, &c);
}

void stream_job::end(lock& held, user_call& c) noexcept {
    auto** at = &calls_;
    while (*at != &c) at = &(*at)->next;
    *at = c.next;
    if (!shut_) return;
    changed_.notify_all();
    let_go_of_code(held);
}

bool stream_job::runs(code what) const noexcept {
    for (auto const* c = calls_; c; c = c->next)
        if (c->what == what) return true;
    return false;
}

bool stream_job::is_inside() const noexcept {
    for (auto const* c = calls_; c; c = c->next)
        if (c->by == std::this_thread::get_id()) return true;
    return false;
}

// A callback that ends its stream waits for the other callbacks, but not for those that do the same.
void stream_job::wait_for_others(lock& held) noexcept {
    auto const me = std::this_thread::get_id();
    bool const inside = is_inside();
    for (auto* c = calls_; c; c = c->next)
        if (c->by == me) c->leaves = true;
    if (inside) changed_.notify_all();
    changed_.wait(held, [&] {
        for (auto const* c = calls_; c; c = c->next)
            if (c->by != me && !(inside && c->leaves)) return false;
        return true;
    });
}

// Destroys, without the lock, what is not running; the rest when it has returned.
void stream_job::let_go_of_code(lock& held) noexcept {
    if (!shut_ && !finish_begun_) return;
    std::optional<batch_source> source;
    sample_sink sink;
    std::function<void(batch_report const&)> on_batch_end;
    finished_handler finished;
    if (!runs(code::source)) source.swap(source_);
    if (!runs(code::sink)) sink.swap(sink_);
    if (!runs(code::report)) on_batch_end.swap(on_batch_end_);
    if (finish_over_ && !runs(code::finished)) finished.swap(finished_);
    if (!source && !sink && !on_batch_end && !finished) return;
    user_call here{code::destructors, std::this_thread::get_id()};
    begin(here);
    held.unlock();
    source.reset();
    sink = {};
    on_batch_end = {};
    finished = {};
    held.lock();
    end(held, here);
}

// After this returns, the user's code is neither called nor destroyed, except by callers on this thread.
void stream_job::shut(lock& held) noexcept {
    shut_ = true;
    stops_ = true;
    signal_shards(held);
    changed_.notify_all();
    wait_for_others(held);
    finish(held);
    let_go_of_code(held);
}

// Calls `finished` and ends the user's code. Once.
void stream_job::finish(lock& held) noexcept {
    if (std::exchange(finish_begun_, true)) return;
    let_go_of_code(held);
    if (finished_) {
        auto const outcome = [&]() -> result<summary> {
            if (cancelled_) return copy_of(*cancelled_);
            try {
                return summary_;
            } catch (...) {
                return out_of_memory();
            }
        };
        call(held, code::finished, [&, said = outcome()]() mutable {
            finished_(std::move(said));
            said = error{};
        });
        drop_thrown(held);
    }
    consumer_.close(consumer_clock::clock::now());
    finish_over_ = true;
    let_go_of_code(held);
    changed_.notify_all();
}

}  // namespace aisle::detail
