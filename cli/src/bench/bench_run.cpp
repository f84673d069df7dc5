#include "bench_run.hpp"

#include "../output/file_writer.hpp"
#include "../process/interrupt.hpp"
#include "../process/process_usage.hpp"
#include "../process/standard_descriptors.hpp"
#include "../progress/progress.hpp"
#include "../text/printable.hpp"
#include "../text/quantity.hpp"
#include "../text/remedy.hpp"
#include "../usage_error.hpp"
#include "../watch/run_watch.hpp"
#include "bench_figures.hpp"

#include <aisle/bucket.hpp>
#include <aisle/engine.hpp>

#include <algorithm>
#include <cstdio>
#include <future>
#include <utility>

namespace aisle::cli {
namespace {

using clock = std::chrono::steady_clock;

constexpr std::chrono::milliseconds poll_every{100};

/// Streams batches through an engine. Counts the samples and drops them on the thread that parsed them, so that only
/// the cost of fetching is measured.
class bench_stream {
public:
    bench_stream(engine& from, stream_options options, progress_counters& counters)
        : engine_(from), options_(std::move(options)), counters_(counters) {}

    /// Returns when the last response is complete, or soon after stop. next is called for batches until it returns
    /// none.
    summary run(std::function<std::optional<batch>()> next, bench_figures& figures, std::stop_token stop) {
        std::promise<result<summary>> ended;
        auto const before = usage_now();
        auto const began = clock::now();
        std::optional<std::uint32_t> first_window;
        auto sink = [this, &figures, &first_window, began](sample_block block) {
            if (!first_window) {
                figures.first_sample = clock::now() - began;
                first_window = engine_.stats().window;
            }
            auto const delivered = static_cast<std::uint64_t>(std::ranges::count_if(block, &sample_view::delivered));
            progress_counters::add(counters_.delivered, delivered);
            progress_counters::add(counters_.bytes, block.size_bytes());
            if (delivered < block.size()) add_rest(block, block.size() - delivered);
        };
        auto cancel = engine_.start(std::move(next), options_, std::move(sink),
                                    [&ended](result<summary> r) { ended.set_value(std::move(r)); });
        std::stop_callback const on_stop(std::move(stop), [&cancel] { cancel(); });
        auto outcome = ended.get_future();
        // The engine knows a stream's window only while the stream exists: poll it during the run. A short run may end
        // between two polls.
        do {
            if (auto const window = engine_.stats().window) figures.in_flight = window;
        } while (outcome.wait_for(poll_every) != std::future_status::ready);
        auto r = outcome.get();
        if (figures.in_flight == 0) figures.in_flight = first_window.value_or(0);
        figures.elapsed = clock::now() - began;
        figures.cpu = usage_now().cpu - before.cpu;
        if (r) return *r;
        if (r.error().code == errc::cancelled) {
            summary partial;
            partial.delivered = counters_.delivered;
            partial.missing = counters_.missing;
            partial.failed = counters_.failed;
            partial.bytes = counters_.bytes;
            return partial;
        }
        throw exception(r.error());
    }

private:
    void add_rest(sample_block const& block, std::uint64_t not_delivered) {
        auto const missing =
            static_cast<std::uint64_t>(std::ranges::count(block, sample_status::missing, &sample_view::status));
        progress_counters::add(counters_.missing, missing);
        progress_counters::add(counters_.failed, not_delivered - missing);
    }

    engine& engine_;
    stream_options options_;
    progress_counters& counters_;
};

std::function<std::optional<batch>()> batches_of(batch_picker& picker, bench_options const& options) {
    if (options.batches)
        return [&picker, left = *options.batches]() mutable -> std::optional<batch> {
            if (left == 0) return std::nullopt;
            --left;
            return picker.next();
        };
    // The time counts from the first request on, so a busy machine has a result too.
    auto const how_long = std::chrono::duration_cast<clock::duration>(options.duration);
    return [&picker, how_long, end = std::optional<clock::time_point>()]() mutable -> std::optional<batch> {
        auto const now = clock::now();
        if (!end) end = now + how_long;
        return now < *end ? std::optional(picker.next()) : std::nullopt;
    };
}

std::vector<std::string> objects_of(engine& listed, bench_options const& options, std::stop_token stop) {
    progress_counters ignored;
    progress const shown(
        progress_style::quiet, ignored, [] { return std::nullopt; }, [&listed] { return listed.stats(); },
        options.stream.retry);
    list_options how;
    how.retry = options.stream.retry;
    how.stop = std::move(stop);
    std::vector<std::string> names;
    for (auto const& object : listed.bucket(options.bucket).list({}, how)) names.push_back(object.name);
    if (names.empty()) throw run_error("the bucket " + printable(options.bucket) + " is empty: nothing to measure");
    return names;
}

void warm_up(engine& warmed, batch_picker& picker, bench_options const& options, std::stop_token stop) {
    if (options.warmup == 0) return;
    auto only = options;
    only.batches = options.warmup;
    progress_counters ignored;
    bench_figures none;
    progress const shown(
        progress_style::quiet, ignored, [] { return std::nullopt; }, [&warmed] { return warmed.stats(); },
        options.stream.retry);
    bench_stream(warmed, options.stream, ignored).run(batches_of(picker, only), none, std::move(stop));
}

exit_code verdict(bench_figures const& f) {
    if (f.failed || f.samples == 0) return exit_code::failure;
    return f.missing ? exit_code::missing : exit_code::success;
}

// Nothing when a signal or the deadline ended it.
std::optional<exit_code> measure(bench_options const& options, interrupt const& signals) {
    auto how = options.engine;
    auto const events = ring_for(options.watch, how.log);
    engine measured(how);
    progress_counters counters;
    auto const expected = [&options]() -> std::optional<std::uint64_t> {
        if (options.batches) return *options.batches * options.batch_size;
        return std::nullopt;
    };
    run_watch watch(options.watch, how, events,
                    {.command = "bench",
                     .about = options.bucket + ", " + format_count(options.batch_size, "entry", "entries") + " a batch",
                     .counters = counters,
                     .expected = expected,
                     .stats = [&measured] { return measured.stats(); },
                     .memory_budget_bytes = how.memory_budget_bytes});
    auto objects = objects_of(measured, options, signals.token());
    batch_picker picker(options.bucket, std::move(objects), options.batch_size, options.order, options.seed);
    warm_up(measured, picker, options, signals.token());

    bench_figures figures;
    watch.begin();
    summary outcome;
    {
        progress const shown(
            options.quiet ? progress_style::quiet : progress_style::automatic, counters, expected,
            [&measured] { return measured.stats(); }, options.stream.retry);
        if (!signals.raised())
            outcome = bench_stream(measured, options.stream, counters)
                          .run(batches_of(picker, options), figures, signals.token());
    }
    auto watched = watch.end();
    figures.engine = std::move(watched.engines);
    figures.cluster = std::move(watched.cluster);
    figures.batches = outcome.batches;
    figures.samples = outcome.delivered;
    figures.missing = outcome.missing;
    figures.failed = outcome.failed;
    figures.bytes = outcome.bytes;
    figures.peak_rss_bytes = usage_now().peak_rss_bytes;

    if (signals.raised() && signals.by_deadline()) return std::nullopt;
    if (outcome.fault) {
        auto const remedy = remedy_of(*outcome.fault);
        std::fputs(("aisle: first error: " + printable(outcome.fault->message()) + '\n' +
                    (remedy.empty() ? remedy : "aisle: what to do: " + remedy + '\n'))
                       .c_str(),
                   stderr);
    }
    file_writer out("-", publish::immediately, signals.token());
    out.write(options.json ? to_json(figures) : to_table(figures));
    out.finish();
    if (signals.raised()) return std::nullopt;
    return verdict(figures);
}

}  // namespace

exit_code run_bench(bench_options const& options) {
    require_standard_output();
    interrupt const signals(options.stream.run_timeout);  // before any other thread starts
    auto unlimited = options;
    unlimited.stream.run_timeout = {};  // `signals` watches the deadline of the whole run
    return signals.run([&] { return measure(unlimited, signals); });
}

}  // namespace aisle::cli
