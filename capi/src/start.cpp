// Streams that call the caller's function with their samples.
#include "block.hpp"
#include "engine.hpp"
#include "error.hpp"
#include "options.hpp"
#include "sized.hpp"
#include "source.hpp"
#include "stream.hpp"

#include <functional>
#include <memory>
#include <string>
#include <utility>

struct aisle_run {
    std::function<void()> cancel;
};

namespace aisle::capi {
namespace {

void take(aisle_sink const& sink, sample_block block) {
    auto held = std::make_unique<aisle_block>(std::move(block));
    if (auto const said = sink.take(sink.user, held.release()); said != AISLE_OK)
        refuse(errc::callback_failed, "the sink returned status " + std::to_string(static_cast<int>(said)));
}

void finish(aisle_sink const& sink, result<summary> outcome) {
    auto freed = [](aisle_error* e) { aisle_error_free(e); };
    using held_error = std::unique_ptr<aisle_error, decltype(freed)>;
    if (outcome) {
        held_error const fault(outcome->fault ? make_error(std::move(*outcome->fault)) : nullptr);
        auto const total = to_c(*outcome);
        sink.done(sink.user, &total, fault.get(), nullptr);
    } else {
        held_error const why(make_error(std::move(outcome).error()));
        auto const total = to_c({});
        sink.done(sink.user, &total, nullptr, why.get());
    }
}

}  // namespace
}  // namespace aisle::capi

using namespace aisle::capi;

aisle_status aisle_stream_start(aisle_engine* engine, aisle_source const* source, aisle_stream_options const* options,
                                aisle_sink const* sink, aisle_run** run, aisle_error** error) {
    return guarded(error, [&] {
        auto batches = to_source(source);
        auto& on = required(engine, "engine").value;
        auto const to = read_sized(&required(sink, "sink"), "aisle_sink");
        if (!to.take || !to.done) refuse(aisle::errc::invalid_argument, "aisle_sink.take or aisle_sink.done is NULL");
        auto const how = to_options(options);
        auto started = std::make_unique<aisle_run>();
        started->cancel = on.start(
            std::move(batches), how, [to](aisle::sample_block block) { take(to, std::move(block)); },
            [to](aisle::result<aisle::summary> outcome) { finish(to, std::move(outcome)); });
        if (run) *run = started.release();
        return AISLE_OK;
    });
}

void aisle_run_cancel(aisle_run* run) {
    guarded(nullptr, [&] {
        if (run) run->cancel();
        return AISLE_OK;
    });
}

void aisle_run_free(aisle_run* run) {
    delete run;
}
