#include "bench_run.hpp"

#include "bench_figures.hpp"
#include "file_writer.hpp"
#include "interrupt.hpp"
#include "printable.hpp"
#include "process_usage.hpp"
#include "progress.hpp"
#include "standard_descriptors.hpp"
#include "usage_error.hpp"

#include <aisle/bucket.hpp>
#include <aisle/engine.hpp>

#include <algorithm>
#include <cstdio>
#include <future>

namespace aisle::cli {
namespace {

using clock = std::chrono::steady_clock;

constexpr std::chrono::milliseconds look_every{100};

/// Streams batches through an engine, counting samples and dropping them on the thread that parsed them: what is left
/// is the cost of fetching.
class bench_stream {
public:
    bench_stream(engine& from, stream_options options, progress_counters& counters)
        : engine_(from), options_(std::move(options)), counters_(counters) {}

    /// Returns when the last answer is read to its end, or stop came. next is asked for batches until it has none.
    summary run(std::function<std::optional<batch>()> next, bench_figures& figures, std::stop_token stop) {
        std::promise<result<summary>> ended;
        auto const before = usage_now();
        auto const began = clock::now();
        bool first = true;
        auto sink = [this, &figures, &first, began](sample_block block) {
            if (first) {
                figures.first_sample = clock::now() - began;
                first = false;
            }
            auto const delivered = std::ranges::count_if(block, &sample_view::delivered);
            progress_counters::add(counters_.delivered, static_cast<std::uint64_t>(delivered));
            progress_counters::add(counters_.bytes, block.size_bytes());
        };
        auto cancel = engine_.start(std::move(next), options_, std::move(sink),
                                    [&ended](result<summary> r) { ended.set_value(std::move(r)); });
        std::stop_callback const on_stop(std::move(stop), [&cancel] { cancel(); });
        auto outcome = ended.get_future();
        // The engine forgets a stream's window with the stream: look while it lasts.
        do {
            if (auto const window = engine_.stats().window) figures.in_flight = window;
        } while (outcome.wait_for(look_every) != std::future_status::ready);
        auto r = outcome.get();
        figures.elapsed = clock::now() - began;
        figures.cpu = usage_now().cpu - before.cpu;
        if (r) return *r;
        if (r.error().code == errc::cancelled) {
            summary partial;
            partial.delivered = counters_.delivered;
            partial.bytes = counters_.bytes;
            return partial;
        }
        throw exception(r.error());
    }

private:
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
    auto const end = clock::now() + std::chrono::duration_cast<clock::duration>(options.duration);
    return [&picker, end]() -> std::optional<batch> {
        if (clock::now() >= end) return std::nullopt;
        return picker.next();
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
    if (names.empty()) throw run_error("the bucket " + printable(options.bucket) + " is empty");
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

// Nothing when a signal or the deadline broke it off.
std::optional<exit_code> measure(bench_options const& options, interrupt const& signals) {
    engine measured(options.engine);
    auto objects = objects_of(measured, options, signals.token());
    batch_picker picker(options.bucket, std::move(objects), options.batch_size, options.order, options.seed);
    warm_up(measured, picker, options, signals.token());

    bench_figures figures;
    auto const before = measured.stats();
    progress_counters counters;
    summary came_to;
    {
        auto const expected = [&options]() -> std::optional<std::uint64_t> {
            if (options.batches) return *options.batches * options.batch_size;
            return std::nullopt;
        };
        progress const shown(
            options.quiet ? progress_style::quiet : progress_style::automatic, counters, expected,
            [&measured] { return measured.stats(); }, options.stream.retry);
        if (!signals.raised())
            came_to = bench_stream(measured, options.stream, counters)
                          .run(batches_of(picker, options), figures, signals.token());
    }
    figures.engine = measured.stats().since(before);
    figures.batches = came_to.batches;
    figures.samples = came_to.delivered;
    figures.missing = came_to.missing;
    figures.failed = came_to.failed;
    figures.bytes = came_to.bytes;
    figures.peak_rss_bytes = usage_now().peak_rss_bytes;

    if (signals.raised() && signals.by_deadline()) return std::nullopt;
    if (came_to.fault) {
        std::fputs(("aisle: first fault: " + printable(came_to.fault->message()) + "\n").c_str(), stderr);
    }
    file_writer out("-", appearance::at_once, signals.token());
    out.write(options.json ? to_json(figures) : to_table(figures));
    out.finish();
    if (signals.raised()) return std::nullopt;
    return verdict(figures);
}

}  // namespace

exit_code run_bench(bench_options const& options) {
    need_standard_output();
    interrupt const signals(options.stream.run_timeout);  // before every thread
    auto unlimited = options;
    unlimited.stream.run_timeout = {};  // the deadline is the run's
    return signals.run([&] { return measure(unlimited, signals); });
}

}  // namespace aisle::cli
