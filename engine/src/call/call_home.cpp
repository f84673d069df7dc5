#include "call_home.hpp"

#include "../engine/engine_impl.hpp"

#include <utility>

namespace aisle::detail {
namespace {

error foreign() {
    return {errc::invalid_argument, stage::usage,
            "this bucket belongs to the parent process: create a new one from the engine in this process"};
}

}  // namespace

call_home::call_home(std::weak_ptr<engine_impl> by) noexcept : by_(std::move(by)) {}

std::function<void()> call_home::begin(std::shared_ptr<operation> what) const {
    auto const engine = by_.lock();
    if (is_foreign())
        what->fail(foreign());
    else if (!engine)
        what->fail(said(errc::cancelled, "the engine was destroyed"));
    else
        engine->perform(what);
    return [by = by_, op = std::weak_ptr(what)] {
        auto const alive = op.lock();
        if (!alive) return;
        alive->fail(said(errc::cancelled, "the call was cancelled"));
        if (auto const running = by.lock()) running->cancel(*alive);
    };
}

result<void> call_home::of_this_process() const {
    if (is_foreign()) return foreign();
    return {};
}

result<void> call_home::may_wait() const {
    if (auto ok = of_this_process(); !ok) return ok;
    auto const engine = by_.lock();
    if (engine && engine->is_own_thread())
        return error{errc::invalid_argument, stage::usage,
                     "a blocking call was made on an engine thread, which would wait for itself: call from another "
                     "thread, or use a completion token (async_bucket.hpp)"};
    return {};
}

}  // namespace aisle::detail
