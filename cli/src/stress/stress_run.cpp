#include "stress_run.hpp"

#include "../output/file_writer.hpp"
#include "../process/interrupt.hpp"
#include "../process/process_usage.hpp"
#include "../process/standard_descriptors.hpp"
#include "../progress/progress.hpp"
#include "../text/printable.hpp"
#include "../text/quantity.hpp"
#include "../usage_error.hpp"
#include "../watch/run_watch.hpp"
#include "stress_bucket.hpp"
#include "stress_figures.hpp"
#include "stress_stream.hpp"

#include <algorithm>
#include <atomic>
#include <cstdio>
#include <functional>
#include <future>
#include <memory>
#include <random>
#include <utility>

namespace aisle::cli {
namespace {

using clock = std::chrono::steady_clock;

/// Maximum number of samples per round: small enough that even a run of some seconds has rounds of all kinds.
constexpr std::uint64_t round_samples = 2'000;
constexpr std::chrono::milliseconds poll_every{100};

/// A random name, so that concurrent runs do not collide.
std::string random_bucket() {
    std::random_device random;
    std::string name = "ais://aisle-stress-";
    constexpr std::string_view letters = "0123456789abcdefghijklmnopqrstuv";
    for (int i = 0; i < 12; ++i) name += letters[random() % letters.size()];
    return name;
}

/// Gives the workers their rounds until the load is complete.
class round_source {
public:
    round_source(stress_plan const& plan, stress_options const& options)
        : plan_(plan),
          end_(clock::now() + options.duration),
          samples_(options.samples),
          each_(samples_ ? std::clamp<std::uint64_t>(*samples_ / plan.cycle(), 1, round_samples) : round_samples) {}

    /// Thread-safe.
    std::optional<stress_round> next() {
        // The first round always starts: a run without any sample has no result.
        if (!open() && handed_out_ > 0) return std::nullopt;
        auto const number = handed_out_.fetch_add(1);
        if (!samples_) return plan_.round(number, each_);
        auto const before = number * each_;
        if (before >= *samples_) return std::nullopt;
        started_.fetch_add(1);
        return plan_.round(number, std::min(each_, *samples_ - before));
    }
    /// False when no more batches of any round should be requested. A round's first batch always is.
    bool open() const { return samples_ || clock::now() < end_; }
    std::uint64_t rounds() const { return samples_ ? started_ : handed_out_; }

private:
    stress_plan const& plan_;
    clock::time_point const end_;
    std::optional<std::uint64_t> const samples_;
    std::uint64_t const each_;
    std::atomic<std::uint64_t> handed_out_{0};
    std::atomic<std::uint64_t> started_{0};
};

class stress_run {
public:
    explicit stress_run(stress_options const& options)
        : options_(options),
          bucket_(options.engine, options.stream.retry, options.bucket.empty() ? random_bucket() : options.bucket,
                  options.bucket.empty() ? bucket_naming::generated : bucket_naming::given),
          plan_(catalog_, {bucket_.uri(), options.seed, options.batch_size, options.formats}) {}

    exit_code run() {
        figures_.open_files_start = open_files_now();
        bool filled = false;
        try {
            filled = fill_and_load();
        } catch (...) {
            clean_up();
            throw;
        }
        figures_.interrupted = interrupt_.raised();
        figures_.open_files_end = open_files_now();
        auto const removed = clean_up();
        if (filled) print_results();
        if (interrupt_.raised()) return exit_code::interrupted;
        return removed && is_clean() ? exit_code::success : exit_code::failure;
    }

private:
    void note(std::string const& text) const {
        if (!options_.quiet) std::fputs((text + "\n").c_str(), stderr);
    }

    /// False after a signal.
    bool fill() {
        try {
            bucket_.create();
            if (options_.keep) bucket_.keep();
            note("filling " + printable(bucket_.uri()) + ": " + format_count(catalog_.all().size()) + " objects, " +
                 format_bytes(static_cast<double>(catalog_.size_bytes())));
            bucket_.fill(catalog_, interrupt_.token());
        } catch (exception const& e) {
            if (!interrupt_.raised() || e.why().code != errc::cancelled) throw;
        }
        return !interrupt_.raised();
    }

    /// False if a signal came before the load.
    bool fill_and_load() {
        auto how = options_.engine;
        auto const events = ring_for(options_.watch, how.log);
        std::vector<std::unique_ptr<engine>> engines;
        engines.reserve(options_.engines);
        for (unsigned i = 0; i < options_.engines; ++i) engines.push_back(std::make_unique<engine>(how));
        auto const stats = [&engines] {
            engine_stats sum;
            for (auto const& e : engines) sum.add(e->stats());
            return sum;
        };
        // Before the bucket exists, because this fails if a port is in use.
        run_watch watch(options_.watch, how, events,
                        {.command = "stress",
                         .about = bucket_.uri() + ", " + format_count(options_.engines, "engine", "engines") + ", " +
                                  format_count(options_.streams, "stream", "streams") + " each",
                         .counters = tally_.counters(),
                         .expected = [this] { return options_.samples; },
                         .stats = stats,
                         .memory_budget_bytes = how.memory_budget_bytes * options_.engines,
                         .checks = true});
        if (!fill()) return false;
        watch.begin();
        load(engines, stats, watch);
        return true;
    }

    void load(std::vector<std::unique_ptr<engine>> const& engines, std::function<engine_stats()> const& stats,
              run_watch& watch) {
        progress shown(
            options_.quiet ? progress_style::quiet : progress_style::automatic, tally_.counters(),
            [this] { return options_.samples; }, stats, options_.stream.retry, progress_checks::yes);
        tally_.on_trouble = [&shown](stress_tally::trouble_text const& t) {
            shown.note("aisle: " + std::string(to_string(t.what)) + ": " + t.text);
        };
        round_source rounds(plan_, options_);
        std::stop_source stop;
        std::stop_callback const on_signal(interrupt_.token(), [&stop] { stop.request_stop(); });
        auto const before = usage_now();
        auto const began = clock::now();
        std::vector<std::future<void>> workers;
        auto const count = options_.engines * options_.streams;
        workers.reserve(count);
        for (unsigned i = 0; i < count; ++i)
            workers.push_back(std::async(std::launch::async, [&, &client = *engines[i % engines.size()]] {
                try {
                    work(client, rounds, stop.get_token());
                } catch (...) {
                    stop.request_stop();  // a stream that cannot run ends all of them
                    throw;
                }
            }));
        for (auto const& worker : workers) do
                figures_.open_files_most = std::max(figures_.open_files_most, open_files_now());
            while (worker.wait_for(poll_every) != std::future_status::ready);
        figures_.elapsed = clock::now() - began;
        figures_.cpu = usage_now().cpu - before.cpu;
        figures_.rounds = rounds.rounds();
        auto watched = watch.end();
        figures_.engines = std::move(watched.engines);
        figures_.cluster = std::move(watched.cluster);
        shown.close();
        tally_.on_trouble = {};
        for (auto& worker : workers) worker.get();
    }

    void work(engine& client, round_source& rounds, std::stop_token const& stop) {
        while (!stop.stop_requested()) {
            auto const round = rounds.next();
            if (!round) return;
            run_stress_round(client, plan_, *round, options_.stream, tally_, [&rounds] { return rounds.open(); }, stop);
        }
    }

    /// False when the bucket could not be destroyed.
    bool clean_up() {
        try {
            bucket_.destroy();
            return true;
        } catch (exception const& e) {
            std::fputs(("aisle: " + printable(e.what()) + "\n").c_str(), stderr);
            return false;
        }
    }

    void print_results() {
        figures_.seed = options_.seed;
        figures_.bucket = bucket_.uri();
        figures_.peak_rss_bytes = usage_now().peak_rss_bytes;
        if (options_.report) {
            file_writer report(*options_.report, publish::when_complete);
            report.write(to_json(figures_, tally_));
            report.finish();
        }
        if (options_.report == "-") return;
        file_writer out("-", publish::immediately);
        out.write(to_table(figures_, tally_));
        out.finish();
    }

    // A run without any sample proves nothing.
    bool is_clean() const {
        auto const& c = tally_.counters();
        return c.delivered + c.missing > 0 && tally_.count(stress_trouble::wrong) == 0 &&
               tally_.count(stress_trouble::lost) == 0 && tally_.count(stress_trouble::failed) == 0;
    }

    stress_options const& options_;
    interrupt interrupt_;  // before any other thread starts
    stress_catalog const catalog_ = make_stress_catalog();
    stress_bucket bucket_;
    stress_plan const plan_;
    stress_tally tally_;
    stress_figures figures_;
};

}  // namespace

exit_code run_stress(stress_options const& options) {
    require_standard_output();
    return stress_run(options).run();
}

}  // namespace aisle::cli
