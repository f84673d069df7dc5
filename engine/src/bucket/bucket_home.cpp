#include "bucket_home.hpp"

#include "../engine/engine_impl.hpp"
#include "../entry/bucket_uri.hpp"

namespace aisle::detail {
namespace {

error foreign() {
    return {errc::invalid_argument, stage::usage,
            "this bucket belongs to the parent process: take a new one from the engine in this one"};
}

}  // namespace

bucket_home::bucket_home(std::weak_ptr<engine_impl> by, std::string uri) : by_(std::move(by)), uri_(std::move(uri)) {
    if (auto const ok = read_bucket(uri_); !ok) throw exception(ok.error());
}

result<entry> bucket_home::entry_of(std::string_view object, std::string archpath, byte_range range) const {
    entry out;
    out.bucket = uri_;
    out.object = object;
    out.archpath = std::move(archpath);
    out.range = range;
    if (auto ok = check(out); !ok) return ok.error();
    return out;
}

std::function<void()> bucket_home::begin(std::shared_ptr<operation> what) const {
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

result<void> bucket_home::of_this_process() const {
    if (is_foreign()) return foreign();
    return {};
}

result<void> bucket_home::may_wait() const {
    if (auto ok = of_this_process(); !ok) return ok;
    auto const engine = by_.lock();
    if (engine && engine->is_own_thread())
        return error{errc::invalid_argument, stage::usage,
                     "a call that blocks was made on an engine thread, which would wait for itself: use the one that "
                     "takes a completion token (async_bucket.hpp)"};
    return {};
}

}  // namespace aisle::detail
