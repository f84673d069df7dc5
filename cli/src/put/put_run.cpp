#include "put_run.hpp"

#include "../flags/bucket_argument.hpp"
#include "../process/interrupt.hpp"
#include "../progress/progress.hpp"
#include "../text/printable.hpp"
#include "../text/quantity.hpp"
#include "../text/remedy.hpp"
#include "../usage_error.hpp"

#include <aisle/bucket.hpp>
#include <aisle/engine.hpp>

#include <algorithm>
#include <atomic>
#include <thread>

namespace aisle::cli {
namespace {

/// How many failures get a line on standard error.
constexpr std::uint64_t most_notes = 10;

class put_run {
public:
    put_run(put_options const& options, interrupt const& signals) : options_(options), signals_(signals) {
        if (options.arguments.size() < 2)
            throw usage_error(
                "no destination: give files, and last a bucket such as ais://train or ais://train/folder/");
        auto const where = parse_bucket_argument(options.arguments.back());
        bucket_ = where.bucket;
        items_ = put_items({options.arguments.begin(), options.arguments.end() - 1}, where.rest);
    }

    /// Nothing when a signal ended it.
    std::optional<exit_code> run() {
        engine client(options_.engine);
        auto const to = client.bucket(bucket_);
        progress shown(
            options_.quiet ? progress_style::quiet : progress_style::automatic, counters_,
            [this] { return std::optional<std::uint64_t>(items_.size()); }, [&client] { return client.stats(); },
            options_.retry, progress_checks::no, {"objects", "stored", false});
        {
            std::vector<std::jthread> workers;
            auto const n = std::min<std::size_t>(options_.in_flight, items_.size());
            workers.reserve(n);
            for (std::size_t i = 0; i < n; ++i) workers.emplace_back([&] { work(to, shown); });
        }
        if (signals_.raised()) {
            shown.close();
            return std::nullopt;
        }
        if (counters_.failed > most_notes)
            shown.note("aisle: and " + format_count(counters_.failed - most_notes, "more file", "more files"));
        shown.close();
        return counters_.failed > 0 ? exit_code::failure : exit_code::success;
    }

private:
    void work(bucket const& to, progress& shown) {
        while (!signals_.raised()) {
            auto const i = next_.fetch_add(1);
            if (i >= items_.size()) return;
            auto const& item = items_[i];
            operation_options how;
            how.retry = options_.retry;
            how.stop = signals_.token();
            auto const put = to.put_file(item.object, item.file, how,
                                         [this, counted = std::uint64_t{0}](std::uint64_t sent) mutable {
                                             // A retry reads the file again: bytes that were counted are not counted
                                             // twice.
                                             if (sent <= counted) return;
                                             counters_.bytes.fetch_add(sent - counted, std::memory_order_relaxed);
                                             counted = sent;
                                         });
            if (put) {
                counters_.delivered.fetch_add(1);
                continue;
            }
            if (signals_.raised()) return;
            if (counters_.failed.fetch_add(1) >= most_notes) continue;
            auto const remedy = remedy_of(put.error());
            shown.note("aisle: " + printable(item.file) + " was not stored: " + printable(put.error().message()) +
                       (remedy.empty() ? remedy : "; what to do: " + remedy));
        }
    }

    put_options const& options_;
    interrupt const& signals_;
    std::string bucket_;
    std::vector<put_item> items_;
    std::atomic<std::size_t> next_{0};
    progress_counters counters_;
};

}  // namespace

exit_code run_put(put_options const& options) {
    interrupt const signals;  // before any other thread starts
    return signals.run([&] { return put_run(options, signals).run(); });
}

}  // namespace aisle::cli
