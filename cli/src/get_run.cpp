#include "get_run.hpp"

#include "entry_reader.hpp"
#include "entry_text.hpp"
#include "folder_output.hpp"
#include "interrupt.hpp"
#include "printable.hpp"
#include "progress.hpp"
#include "report_writer.hpp"
#include "standard_descriptors.hpp"
#include "tar_output.hpp"
#include "usage_error.hpp"

#include <aisle/codec/checksum.hpp>
#include <aisle/engine.hpp>

#include <atomic>
#include <cerrno>
#include <chrono>
#include <fcntl.h>
#include <mutex>
#include <unistd.h>

namespace aisle::cli {
namespace {

/// So many troubled entries are told one by one; the report has all of them.
constexpr std::uint64_t most_told = 10;

/// How long an entry waits for others, of a writer that pauses, before it is requested.
constexpr std::chrono::milliseconds linger{100};

/// After which the last line of the report is written: until then, what is found after a batch's last sample is added.
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
        throw usage_error("cannot read the input '-': standard input is not open for reading");
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

std::unique_ptr<sample_output> make_output(get_options const& options, std::stop_token stop) {
    if (options.out) return std::make_unique<folder_output>(*options.out);
    if (options.tar) return std::make_unique<tar_output>(*options.tar, std::move(stop));
    return nullptr;
}

/// Answers that were faulty after their last sample, of one stream. Thread-safe.
class tail_faults {
public:
    void add(batch_report const& r) {
        std::lock_guard const lock(mutex_);
        if (count_++ > 0) return;
        first_ = "the answer" + (r.request_id.empty() ? "" : " to request " + r.request_id) +
                 " was faulty after its last sample: " + r.fault->message();
    }
    /// What is to be said of them; empty for none.
    std::string text() const {
        std::lock_guard const lock(mutex_);
        return count_ > 1 ? first_ + " (and " + std::to_string(count_ - 1) + " more answers)" : first_;
    }

private:
    mutable std::mutex mutex_;
    std::uint64_t count_ = 0;
    std::string first_;
};

/// One run: everything a sample passes on its way from the engine.
class get_run {
public:
    get_run(get_options const& options, interrupt const& signals)
        : options_(options),
          interrupt_(signals),
          input_(options.input ? open_input(*options.input, signals.token()) : file_descriptor()),
          output_(make_output(options, signals.token())),
          engine_(options.engine) {
        if (options.report) report_.emplace(*options.report, signals.token());
        if (!options.input) list_ = entries_of(options);
    }

    /// Nothing when a signal or the deadline broke it off.
    std::optional<exit_code> run() {
        tail_faults tails;
        auto feed = engine_.open_feed(feeding(tails));
        std::stop_callback const cancel(interrupt_.token(), [&feed] { feed.cancel(); });
        auto const reader = reads_into(feed);
        // After the feed's room is gone, so that the reader does not wait for it when it is destroyed.
        struct canceller {
            ~canceller() { feed.cancel(); }
            aisle::feed& feed;
        } const stops_reader{feed};
        progress shown(
            options_.quiet ? progress_style::quiet : progress_style::automatic, counters_,
            [&reader] { return reader->expected_entries(); }, [this] { return engine_.stats(); },
            options_.stream.retry);
        progress_ = &shown;
        take_all(feed, tails);
        try {
            if (!interrupt_.raised()) reader->finish();
        } catch (usage_error const&) {
            // What came before the faulty line is fetched and counts.
            finish_outputs();
            throw;
        }
        if (interrupt_.raised()) {
            if (report_) report_->finish();
            shown.close();
            return std::nullopt;
        }
        finish_outputs();
        tell_rest();
        shown.close();
        return verdict();
    }

private:
    feed_options feeding(tail_faults& tails) {
        feed_options how;
        how.stream = options_.stream;
        how.stream.run_timeout = how.stream.run_timeout.zero();  // the deadline is the run's
        how.stream.on_batch_end = [this, &tails](batch_report const& r) {
            look_at_format(r.output_format);
            if (r.fault && r.failed == 0) tails.add(r);
        };
        how.batch_size = options_.batch_size;
        how.linger = linger;
        return how;
    }

    std::unique_ptr<entry_reader> reads_into(feed& to) {
        entry_reader::target into{[&to](entry e) { return to.submit(std::move(e)); }, [&to] { to.end_input(); }};
        if (!options_.input) return std::make_unique<entry_reader>(std::move(list_), std::move(into));
        return std::make_unique<entry_reader>(entry_reader::input{input_.get(), options_.bucket}, std::move(into),
                                              interrupt_.token());
    }

    void take_all(feed& from, tail_faults const& tails) {
        for (;;) {
            auto block = from.next_block_for(report_rest);
            if (!block && from.at_end()) break;
            if (!block) {
                if (report_) report_->flush();  // somebody may wait for it before giving us more to do
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
            progress_->note("aisle: all samples of a batch arrived; " + printable(text));
            if (report_) report_->remark(text);
        }
        if (report_) report_->flush();
    }

    // On an engine thread. A server that does not have a format sends another one.
    void look_at_format(std::string const& arrived) {
        auto const& asked = options_.stream.output_format;
        if (arrived.empty() || arrived == asked || told_of_format_.exchange(true)) return;
        progress_->note("aisle: asked for " + asked + ", the server sends " + arrived + "; what it sends is read");
    }

    void take(sample_view s) {
        report_line line{.index = index_++, .entry = &s.entry(), .status = s.status(), .size = s.size()};
        line.target = s.designated_target();
        line.request = s.request_id();
        std::string digest;
        std::string code;
        std::string why;
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
        }
        line.code = code;
        line.error = why;
        count(line);
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
            case sample_status::missing: progress_counters::add(counters_.missing, 1); break;
            case sample_status::failed: progress_counters::add(counters_.failed, 1); break;
        }
        if (++troubled_ > most_told || (options_.quiet && report_)) return;
        auto const& e = *line.entry;
        progress_->note("aisle: entry " + std::to_string(line.index) + " " + std::string(to_string(line.status)) +
                        ": " + printable(e.bucket + "/" + e.object + (e.archpath.empty() ? "" : "/" + e.archpath)) +
                        ": " + printable(line.error));
    }

    void tell_rest() {
        if (troubled_ > most_told && !(options_.quiet && report_))
            progress_->note("aisle: and " + std::to_string(troubled_ - most_told) + " more" +
                            (report_ ? "; the report has them all" : "; --report FILE lists them all"));
    }

    void finish_outputs() {
        if (output_) output_->finish();
        if (report_) report_->finish();
    }

    exit_code verdict() const {
        if (counters_.failed || (faulty_tail_ && options_.strict)) return exit_code::failure;
        return counters_.missing ? exit_code::missing : exit_code::success;
    }

    get_options const& options_;
    interrupt const& interrupt_;
    file_descriptor input_;
    std::unique_ptr<sample_output> output_;
    std::optional<report_writer> report_;
    codec::hasher hash_{codec::checksum_type::sha256};
    progress_counters counters_;
    progress* progress_ = nullptr;
    std::uint64_t index_ = 0;
    std::uint64_t troubled_ = 0;
    bool faulty_tail_ = false;
    std::atomic<bool> told_of_format_{false};
    std::vector<entry> list_;
    engine engine_;
};

}  // namespace

exit_code run_get(get_options const& options) {
    check_outputs(options);
    interrupt const signals(options.stream.run_timeout);  // before every thread
    return signals.run([&] { return get_run(options, signals).run(); });
}

}  // namespace aisle::cli
