#include "../bucket/bucket_home.hpp"
#include "../stream/puller.hpp"
#include "engine_impl.hpp"
#include "failure.hpp"
#include "fork_guard.hpp"

#include <aisle/bucket.hpp>
#include <aisle/engine.hpp>
#include <aisle/fork_generation.hpp>

#include <exception>
#include <system_error>

namespace aisle {
namespace {

constexpr char const* loop_is_a_parents =
    "this engine runs on an event loop of the parent process: create a new engine after fork()";

error error_of(std::exception_ptr const& thrown) noexcept {
    try {
        std::rethrow_exception(thrown);
    } catch (exception const& e) {
        return detail::copy_of(e.why());
    } catch (std::system_error const& e) {
        error why = detail::said(errc::unsupported, "no thread can be started");
        why.code = boost::system::error_code(e.code().value(), boost::system::system_category());
        return why;
    } catch (...) {
        return detail::failed_with(std::current_exception());
    }
}

}  // namespace

batch_source::batch_source(batch only)
    : next_([left = std::optional<batch>(std::move(only))]() mutable { return std::exchange(left, std::nullopt); }) {}

batch_source::batch_source(std::vector<batch> all)
    : next_([left = std::move(all), at = std::size_t{0}]() mutable -> source_answer {
          if (at == left.size()) return std::nullopt;
          return std::move(left[at++]);
      }) {}

engine::engine(engine_options options)
    : impl_(std::make_shared<detail::engine_impl>(std::move(options))), generation_(detail::fork_generation()) {
    detail::fork_guard::add(impl_);
}

engine::engine(own_loop_t, engine_options options)
    : impl_(std::make_shared<detail::engine_impl>(std::move(options), detail::run_by::caller)),
      generation_(detail::fork_generation()) {}

// A forked child has a copy of its parent's engine, but none of its threads; its sockets and their epoll set are the
// parent's. Destroying the copy would wait for threads that do not exist and change the parent's epoll set, so it is
// kept until the child ends.
engine::~engine() {
    auto impl = std::move(impl_);
    if (generation_ == detail::fork_generation())
        impl->close();
    else
        detail::fork_guard::keep_for_ever(std::move(impl));
}

std::shared_ptr<detail::engine_impl> const& engine::shared_here() const {
    if (generation_.load(std::memory_order_acquire) == detail::fork_generation()) return impl_;
    auto const held = detail::fork_guard::lock();
    if (generation_ != detail::fork_generation()) {
        bool const has_threads = !impl_->is_run_by_caller();
        auto fresh = std::make_shared<detail::engine_impl>(
            impl_->options(), has_threads ? detail::run_by::thread : detail::run_by::caller);
        if (!has_threads) fresh->lose_loop(loop_is_a_parents);
        detail::fork_guard::add_locked(fresh);
        detail::fork_guard::keep_for_ever(std::exchange(impl_, std::move(fresh)));
        generation_.store(detail::fork_generation(), std::memory_order_release);
    }
    return impl_;
}

detail::engine_impl& engine::here_without_threads() const {
    auto& impl = here();
    if (!impl.is_run_by_caller())
        throw exception({errc::invalid_argument, stage::usage,
                         "the engine runs its own threads: create it with aisle::own_loop to run it yourself"});
    return impl;
}

bool engine::prepare_fork(fork_resume when) {
    return detail::fork_guard::halt_all(when);
}

void engine::resume_after_fork() noexcept {
    detail::fork_guard::go_on();
}

int engine::descriptor() const {
    return here_without_threads().descriptor();
}

void engine::run_ready() {
    here_without_threads().run_ready();
}

detail::loop_handle detail::handle_of(engine const& e) {
    auto& impl = e.here_without_threads();
    auto const weak = impl.weak_from_this();
    auto const generation = fork_generation();
    return {[weak, generation] {
                auto const alive = weak.lock();
                if (!alive || generation != fork_generation()) return false;
                alive->run_ready();
                return true;
            },
            [weak, generation] {
                if (generation != fork_generation()) return;
                if (auto const alive = weak.lock()) alive->lose_loop("the engine's event loop was destroyed");
            }};
}

detail::call_home detail::home_of(engine const& e) {
    return call_home(e.shared_here());
}

sample_stream engine::get(batch b, stream_options options) {
    return open(batch_source(std::move(b)), std::move(options));
}

sample_stream engine::open(batch_source batches, stream_options options) {
    auto from = std::make_shared<detail::puller>();
    from->pulls_from(here().open(std::move(batches), std::move(options), {}, {}));
    return sample_stream(std::move(from));
}

result<summary> engine::stream(batch_source batches, stream_options options, sample_sink const& sink) {
    detail::stop_flag const never{false};
    auto blocks = open(std::move(batches), std::move(options));
    while (auto block = blocks.next_block()) sink(*block, never);
    return blocks.finish();
}

std::function<void()> engine::start(batch_source batches, stream_options options, sample_sink sink,
                                    std::function<void(result<summary>)> done) {
    // Allocated first: once the stream runs, nothing here may fail.
    auto const job = std::make_shared<std::weak_ptr<detail::stream_job>>();
    std::function<void()> cancel = [job] {
        if (auto const alive = job->lock()) alive->cancel(detail::said(errc::cancelled, "the stream was cancelled"));
    };
    try {
        if (!sink)
            throw exception({errc::invalid_argument, stage::usage, "the sink is empty: there is nothing to call"});
        *job = here().open(std::move(batches), std::move(options), std::move(sink), std::move(done));
    } catch (...) {
        if (!done) throw;
        auto why = error_of(std::current_exception());
        try {
            done(std::move(why));
        } catch (...) {  // as documented
        }
    }
    return cancel;
}

aisle::bucket engine::bucket(std::string uri) const {
    return aisle::bucket(std::make_shared<detail::bucket_home>(shared_here(), std::move(uri)));
}

engine_stats engine::stats() const {
    return here().stats();
}

}  // namespace aisle
