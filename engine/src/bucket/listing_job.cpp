#include "listing_job.hpp"

#include <utility>

namespace aisle::detail {

listing_job::listing_job(std::shared_ptr<bucket_home const> home, std::string prefix, list_options options)
    : home_(std::move(home)), prefix_(std::move(prefix)), options_(options) {
    constexpr unsigned most_ahead = 16;
    std::string amiss;
    if (options_.page_entries > most_page_entries)
        amiss = "page_entries is " + std::to_string(options_.page_entries) + ": 0 to 10,000";
    else if (options_.pages_ahead > most_ahead)
        amiss = "pages_ahead is " + std::to_string(options_.pages_ahead) + ": 0 to 16";
    if (amiss.empty()) return;
    ready_.emplace_back(error{errc::invalid_argument, stage::usage, "list_options::" + amiss});
    over_ = true;
}

std::function<void()> listing_job::next(completion<page> done) {
    if (auto ok = home_->of_this_process(); !ok) {  // a thread of the parent may have had the lock
        done(ok.error());
        return [] {};
    }
    std::unique_lock held(mutex_);
    if (waiting_) {
        held.unlock();
        done(error{errc::invalid_argument, stage::usage, "another call is already waiting for the next page"});
        return [] {};
    }
    if (!ready_.empty()) {
        auto came = std::move(ready_.front());
        ready_.pop_front();
        if (!came) fault_ = came.error();
        fetch(held);
        held.unlock();
        done(std::move(came));
        return [] {};
    }
    if (over_) {
        auto last = fault_ ? result<page>(*fault_) : result<page>(page());
        held.unlock();
        done(std::move(last));
        return [] {};
    }
    waiting_ = std::move(done);
    fetch(held);
    return [self = weak_from_this()] {
        if (auto const job = self.lock()) job->end_waiting(said(errc::cancelled, "the call was cancelled"));
    };
}

// Starts to fetch the next page if there is room for it. Releases the lock meanwhile.
void listing_job::fetch(std::unique_lock<std::mutex>& held) {
    if (fetching_ || over_ || (!waiting_ && ready_.size() >= options_.pages_ahead)) return;
    fetching_ = true;
    auto const number = ++fetches_;
    auto const at = at_;
    held.unlock();
    std::function<void()> cancel;
    try {
        auto work = [bucket = home_->uri(), prefix = prefix_, options = options_, at](operation_context context) {
            return fetch_page(context, bucket, prefix, options, at);
        };
        completion<listing_step> done = [self = shared_from_this()](result<listing_step> step) {
            self->fetched(std::move(step));
        };
        cancel = begin<listing_step>(*home_, std::move(work), std::move(done));
    } catch (...) {
        fetched(failed_with(std::current_exception()));
    }
    held.lock();
    if (!fetching_ || fetches_ != number) return;
    cancel_ = std::move(cancel);
    if (!closed_ || !cancel_) return;
    auto const stop = std::exchange(cancel_, nullptr);
    held.unlock();
    stop();
    held.lock();
}

void listing_job::fetched(result<listing_step> step) {
    std::unique_lock held(mutex_);
    fetching_ = false;
    cancel_ = nullptr;
    if (over_) return;  // closed
    bool const is_end = !step || step->next.token.empty();
    over_ = is_end;
    bool const has_page = !step || !step->objects.empty();
    if (step) at_ = std::move(step->next);
    if (has_page) ready_.push_back(step ? result<page>(std::move(step->objects)) : result<page>(step.error()));
    completion<page> done;
    result<page> out = page();
    if (waiting_ && (!ready_.empty() || over_)) {
        done = std::exchange(waiting_, nullptr);
        if (!ready_.empty()) {
            out = std::move(ready_.front());
            ready_.pop_front();
            if (!out) fault_ = out.error();
        }
    }
    fetch(held);
    held.unlock();
    if (done) done(std::move(out));
}

void listing_job::end_waiting(error why) noexcept {
    std::unique_lock held(mutex_);
    auto const done = std::exchange(waiting_, nullptr);
    held.unlock();
    if (done) done(std::move(why));
}

void listing_job::close() noexcept {
    if (home_->is_foreign()) return;  // a thread of the parent may have had the lock
    std::unique_lock held(mutex_);
    over_ = closed_ = true;
    ready_.clear();
    auto const cancel = std::exchange(cancel_, nullptr);
    held.unlock();
    if (cancel) cancel();
    end_waiting(said(errc::cancelled, "the listing was destroyed"));
}

}  // namespace aisle::detail
