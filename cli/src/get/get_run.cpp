#include "get_run.hpp"

#include "../output/folder_output.hpp"
#include "../output/tar_output.hpp"
#include "../process/interrupt.hpp"
#include "../process/standard_descriptors.hpp"
#include "../progress/progress.hpp"
#include "../text/printable.hpp"
#include "../text/quantity.hpp"
#include "../text/remedy.hpp"
#include "../usage_error.hpp"
#include "../watch/run_watch.hpp"
#include "earlier_report.hpp"
#include "entry_reader.hpp"
#include "entry_text.hpp"
#include "listed_entries.hpp"
#include "report_writer.hpp"

#include <aisle/codec/checksum/checksum.hpp>
#include <aisle/engine.hpp>

#include <algorithm>
#include <atomic>
#include <cerrno>
#include <chrono>
#include <fcntl.h>
#include <mutex>
#include <set>
#include <unistd.h>

namespace aisle::cli {
namespace {

/// How many entries that were not delivered get a line on standard error. The report has all of them.
constexpr std::uint64_t most_notes = 10;

/// How long an entry waits for others before it is requested, when the input pauses.
constexpr std::chrono::milliseconds linger{100};
/// The same for input that does not pause by itself: a busy machine must not make its batches smaller.
constexpr std::chrono::hours no_limit{24};

/// The last line of the report is written after this pause: what is found after a batch's last sample is added to it.
constexpr std::chrono::milliseconds report_rest{200};

std::vector<entry> entries_of(get_options const& options) {
    std::vector<entry> entries;
    for (auto const& name : options.names) {
        auto e = parse_entry_argument(name, options.bucket);
        if (!e) throw usage_error(e.error().text);
        entries.push_back(std::move(*e));
    }
    return entries;
}

file_descriptor standard_input() {
    if (was_closed(STDIN_FILENO)) throw usage_error("cannot read the input '-': standard input is closed");
    if (int const flags = fcntl(STDIN_FILENO, F_GETFL); flags >= 0 && (flags & O_ACCMODE) == O_WRONLY)
        throw usage_error("cannot read the input '-': standard input is open for writing only");
    return file_descriptor(fcntl(STDIN_FILENO, F_DUPFD_CLOEXEC, 0));
}

file_descriptor open_input(std::string const& path, std::stop_token const& stop) {
    auto file = path == "-" ? standard_input() : open_path(path, O_RDONLY, stop);
    if (file) return file;
    int const code = errno;
    auto const text = system_message("cannot read the input '" + printable(path) + "'", code);
    if (code == EMFILE || code == ENFILE) throw run_error(text);
    throw usage_error(text);
}

/// The responses of a stream that were damaged after their last sample. Thread-safe.
class tail_faults {
public:
    void add(batch_report const& r) {
        std::lock_guard const lock(mutex_);
        if (count_++ > 0) return;
        first_ = "the response" + (r.request_id.empty() ? "" : " to request " + r.request_id) +
                 " is damaged after its last sample: " + r.fault->message();
    }
    /// A text for the user; empty if there were none.
    std::string text() const {
        std::lock_guard const lock(mutex_);
        if (count_ <= 1) return first_;
        return first_ + " (and " + format_count(count_ - 1, "more response", "more responses") + ")";
    }

private:
    mutable std::mutex mutex_;
    std::uint64_t count_ = 0;
    std::string first_;
};

/// One run of `aisle get`: entries in, samples to the output and the report.
class get_run {
public:
    get_run(get_options const& options, interrupt const& signals)
        : options_(options),
          interrupt_(signals),
          input_(options.input ? open_input(*options.input, signals.token()) : file_descriptor()),
          folder_(options.out ? std::make_unique<folder_output>(*options.out) : nullptr),
          archive_(options.tar ? std::make_unique<tar_output>(*options.tar, signals.token()) : nullptr),
          output_(folder_ ? static_cast<sample_output*>(folder_.get()) : archive_.get()),
          how_(options.engine),
          events_(ring_for(options.watch, how_.log)),
          engine_(how_) {
        if (options.resume) earlier_.load(*options.resume);
        if (auto const& path = options.resume ? options.resume : options.report)
            report_.emplace(*path, options.resume.has_value(), signals.token());
        if (!options.names.empty()) list_ = entries_of(options);
    }

    /// Nothing when a signal or the deadline ended it.
    std::optional<exit_code> run() {
        tail_faults tails;
        auto feed = engine_.open_feed(feeding(tails));
        std::stop_callback const cancel(interrupt_.token(), [&feed] { feed.cancel(); });
        std::unique_ptr<entry_reader> reader;
        // The reader's thread may be blocked in submit(): cancel before it is joined.
        struct canceller {
            ~canceller() { feed.cancel(); }
            aisle::feed& feed;
        } const stops_reader{feed};
        std::atomic<entry_reader const*> started{nullptr};  // the reader, for other threads
        auto const total = [this, &started]() -> std::optional<std::uint64_t> {
            auto const* const from = started.load();
            return from ? expected(*from) : std::nullopt;
        };
        auto const stats = [this] { return engine_.stats(); };
        run_watch watch(options_.watch, how_, events_,
                        {.command = "get",
                         .about = options_.bucket.empty() ? "entries of several buckets" : options_.bucket,
                         .counters = counters_,
                         .expected = total,
                         .stats = stats,
                         .memory_budget_bytes = how_.memory_budget_bytes});
        watch.begin();  // before the first request, so that the totals include all
        reader = reads_into(feed);
        started = reader.get();
        progress shown(options_.quiet ? progress_style::quiet : progress_style::automatic, counters_, total, stats,
                       options_.stream.retry);
        progress_ = &shown;
        take_all(feed, tails);
        try {
            if (!interrupt_.raised()) reader->finish();
        } catch (run_error const&) {
            throw;
        } catch (std::exception const&) {
            // The entries before an invalid line, or before the listing failed, have been fetched: keep them.
            finish_outputs();
            throw;
        }
        if (interrupt_.raised()) {
            if (report_) report_->finish();
            shown.close();
            return std::nullopt;
        }
        finish_outputs();
        note_rest();
        note_input();
        shown.close();
        return verdict();
    }

private:
    feed_options feeding(tail_faults& tails) {
        feed_options how;
        how.stream = options_.stream;
        how.stream.run_timeout = how.stream.run_timeout.zero();  // `signals` watches the deadline of the whole run
        how.stream.on_batch_end = [this, &tails](batch_report const& r) {
            check_format(r.output_format);
            if (r.fault && r.failed == 0) tails.add(r);
        };
        how.batch_size = options_.batch_size;
        how.linger = may_pause() ? linger : no_limit;
        return how;
    }

    // A pipe or a listing may. Arguments and regular files do not.
    bool may_pause() const { return options_.prefix || (options_.input && regular_file_bytes(input_.get()) == 0); }

    std::unique_ptr<entry_reader> reads_into(feed& to) {
        entry_reader::target into{[this, &to](entry e) { return submit(to, std::move(e)); }, [&to] { to.end_input(); }};
        if (options_.prefix)
            return std::make_unique<entry_reader>(
                [this](auto const& submit, std::stop_token stop) { list(submit, std::move(stop)); }, std::move(into),
                interrupt_.token());
        if (!options_.input) return std::make_unique<entry_reader>(std::move(list_), std::move(into));
        return std::make_unique<entry_reader>(entry_reader::input{input_.get(), options_.bucket}, std::move(into),
                                              interrupt_.token());
    }

    // On the reader's thread, as list().
    bool submit(feed& to, entry e) {
        e.tag = next_index_++;
        if (is_there(e)) {
            skipped_.fetch_add(1, std::memory_order_relaxed);
            return true;
        }
        return to.submit(std::move(e));
    }

    void list(std::function<bool(entry)> const& submit, std::stop_token stop) {
        listing_options const what{options_.bucket, *options_.prefix, options_.sample, options_.seed,
                                   options_.stream.retry};
        nothing_listed_ = submit_listed(engine_, what, submit, std::move(stop)) == 0;
    }

    // Delivered by the earlier run, and not removed since.
    bool is_there(entry const& e) const {
        auto const size = earlier_.delivered_size(e);
        return size && (!folder_ || folder_->has(e, *size));
    }

    std::optional<std::uint64_t> expected(entry_reader const& reader) const {
        auto const all = reader.expected_entries();
        if (!all) return all;
        auto const skipped = skipped_.load(std::memory_order_relaxed);
        return *all - std::min(*all, skipped);
    }

    void take_all(feed& from, tail_faults const& tails) {
        for (;;) {
            auto block = from.next_block_for(report_rest);
            if (!block && from.at_end()) break;
            if (!block) {
                if (report_) report_->flush();  // the writer of our input may wait for these lines
                block = from.next_block();
                if (!block) break;
            }
            for (auto const s : *block) take(s);
        }
        auto const ended = from.finish();
        if (interrupt_.raised()) return;
        if (!ended) throw exception(ended.error());
        if (auto const text = tails.text(); !text.empty()) {
            faulty_tail_ = true;
            progress_->note("aisle: all samples of a batch arrived, but " + printable(text));
            if (report_) report_->add_note(text);
        }
        if (report_) report_->flush();
    }

    // Called on an engine thread. A server without the requested format sends another one.
    void check_format(std::string const& arrived) {
        auto const& asked = options_.stream.output_format;
        if (arrived.empty() || arrived == asked || format_noted_.exchange(true)) return;
        progress_->note("aisle: " + asked + " was requested, but the server sends " + arrived +
                        ", which is read as well");
    }

    void take(sample_view s) {
        report_line line{.index = s.entry().tag, .entry = &s.entry(), .status = s.status(), .size = s.size()};
        line.target = s.designated_target();
        line.request = s.request_id();
        std::string digest;
        std::string code;
        std::string why;
        std::string remedy;
        if (s.delivered()) {
            if (options_.sha256) line.sha256 = digest = sha256_of(s);
            if (output_)
                if (auto const put = output_->put(s); !put) {
                    line.status = sample_status::failed;
                    line.size = 0;
                    line.sha256 = {};
                    code = name_of(put.error().code);
                    why = put.error().text;
                }
        } else {
            code = name_of(s.why().code);
            why = s.why().message();
            if (s.why().code == errc::missing) remedy = member_remedy(s.entry());
            if (remedy.empty()) remedy = remedy_of(s.why());
        }
        line.code = code;
        line.error = why;
        count(line);
        if (!why.empty()) note(line, remedy);
        if (report_) report_->write(line);
    }

    std::string sha256_of(sample_view s) {
        for (auto const run : s.runs()) hash_.update(run);
        return hash_.finish();
    }

    void count(report_line const& line) {
        switch (line.status) {
            case sample_status::delivered:
                progress_counters::add(counters_.delivered, 1);
                progress_counters::add(counters_.bytes, line.size);
                return;
            case sample_status::missing: return progress_counters::add(counters_.missing, 1);
            case sample_status::failed: return progress_counters::add(counters_.failed, 1);
        }
    }

    void note(report_line const& line, std::string const& remedy) {
        if (++not_delivered_ > most_notes || (options_.quiet && report_)) return;
        auto const& e = *line.entry;
        progress_->note("aisle: entry " + std::to_string(line.index) + " " + std::string(to_string(line.status)) +
                        ": " + printable(e.bucket + "/" + e.object + (e.archpath.empty() ? "" : "/" + e.archpath)) +
                        ": " + printable(line.error));
        // Not after each entry: many usually fail for the same reason.
        if (!remedy.empty() && remedies_.insert(remedy).second) progress_->note("aisle: what to do: " + remedy);
    }

    void note_rest() {
        if (not_delivered_ > most_notes && !(options_.quiet && report_))
            progress_->note("aisle: and " + format_count(not_delivered_ - most_notes, "more entry", "more entries") +
                            (report_ ? "; the report lists all of them" : "; --report FILE lists all of them"));
    }

    void note_input() {
        if (nothing_listed_)
            progress_->note("aisle: " + (options_.prefix->empty()
                                             ? "the bucket " + printable(options_.bucket) + " is empty"
                                             : "no object in " + printable(options_.bucket) + " starts with '" +
                                                   printable(*options_.prefix) + "'"));
        if (skipped_ > 0 && !options_.quiet)
            progress_->note("aisle: skipped " + format_count(skipped_, "entry", "entries") +
                            " that an earlier run delivered");
    }

    void finish_outputs() {
        if (output_) output_->finish();
        if (report_) report_->finish();
    }

    exit_code verdict() const {
        if (counters_.failed || (faulty_tail_ && options_.strict)) return exit_code::failure;
        auto const none_matches = nothing_listed_ && !options_.prefix->empty();
        return counters_.missing || none_matches ? exit_code::missing : exit_code::success;
    }

    get_options const& options_;
    interrupt const& interrupt_;
    file_descriptor input_;
    std::unique_ptr<folder_output> folder_;
    std::unique_ptr<tar_output> archive_;
    sample_output* output_;  ///< either of them; null: none
    std::optional<report_writer> report_;
    codec::hasher hash_{codec::checksum_type::sha256};
    progress_counters counters_;
    progress* progress_ = nullptr;
    earlier_report earlier_;
    std::uint64_t next_index_ = 0;  ///< used by the reader's thread only
    std::atomic<std::uint64_t> skipped_{0};
    std::atomic<bool> nothing_listed_{false};
    std::uint64_t not_delivered_ = 0;
    std::set<std::string> remedies_;  ///< that were printed
    bool faulty_tail_ = false;
    std::atomic<bool> format_noted_{false};
    std::vector<entry> list_;
    engine_options how_;
    std::shared_ptr<event_ring> events_;
    engine engine_;
};

}  // namespace

exit_code run_get(get_options const& options) {
    check_outputs(options);
    interrupt const signals(options.stream.run_timeout);  // before any other thread starts
    return signals.run([&] { return get_run(options, signals).run(); });
}

}  // namespace aisle::cli
