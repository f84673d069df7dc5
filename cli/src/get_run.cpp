#include "get_run.hpp"

#include "batch_feed.hpp"
#include "entry_text.hpp"
#include "folder_output.hpp"
#include "interrupt.hpp"
#include "printable.hpp"
#include "progress.hpp"
#include "report_writer.hpp"
#include "tar_output.hpp"
#include "usage_error.hpp"

#include <aisle/codec/checksum.hpp>
#include <aisle/engine.hpp>

#include <atomic>
#include <cerrno>
#include <fcntl.h>
#include <unistd.h>

namespace aisle::cli {
namespace {

/// So many troubled entries are told one by one; the report has all of them.
constexpr std::uint64_t most_told = 10;

std::vector<entry> entries_of(get_options const& options) {
    std::vector<entry> entries;
    for (auto const& name : options.names) {
        auto e = parse_entry_argument(name, options.bucket);
        if (!e) throw usage_error(e.error().text);
        entries.push_back(std::move(*e));
    }
    return entries;
}

file_descriptor open_input(std::string const& path) {
    file_descriptor file(path == "-" ? dup(STDIN_FILENO) : open(path.c_str(), O_RDONLY | O_CLOEXEC));
    if (!file) throw usage_error(system_message("cannot read the input '" + printable(path) + "'", errno));
    return file;
}

std::unique_ptr<sample_output> make_output(get_options const& options) {
    if (options.out) return std::make_unique<folder_output>(*options.out);
    if (options.tar) return std::make_unique<tar_output>(*options.tar);
    return nullptr;
}

/// One run: everything a sample passes on its way from the engine.
class get_run {
public:
    explicit get_run(get_options const& options)
        : options_(options),
          input_(options.input ? open_input(*options.input) : file_descriptor()),
          output_(make_output(options)),
          engine_(options.engine) {
        if (options.report) report_.emplace(*options.report);
        if (options.input)
            feed_.emplace(batch_feed::input{input_.get(), options.bucket}, options.batch_size, interrupt_.token());
        else
            feed_.emplace(entries_of(options), options.batch_size);
    }

    exit_code run() {
        progress shown(
            options_.quiet ? progress_style::quiet : progress_style::automatic, counters_,
            [this] { return feed_->expected_entries(); }, [this] { return engine_.stats(); },
            options_.stream.retry.elapsed);
        progress_ = &shown;
        try {
            while (feed_->wait() && !interrupt_.raised()) pull();
        } catch (usage_error const&) {
            // What came before the faulty line is fetched and counts.
            if (!interrupt_.raised()) finish_outputs();
            throw;
        }
        if (interrupt_.raised()) {
            if (report_) report_->finish();
            shown.note("interrupted");
            shown.close();
            return exit_code::interrupted;
        }
        finish_outputs();
        tell_rest();
        shown.close();
        return verdict();
    }

private:
    /// Streams until the input is at its end, or has nothing for now.
    void pull() {
        auto how = options_.stream;
        how.on_batch_end = [this](batch_report const& r) { look_at_format(r.output_format); };
        auto stream = engine_.open([this] { return feed_->take(); }, std::move(how));
        std::stop_callback const cancel(interrupt_.token(), [&stream] { stream.cancel(); });
        while (auto s = stream.next()) take(*s);
        auto const ended = stream.finish();
        if (!ended) {
            if (interrupt_.raised()) return;
            if (report_) report_->finish();  // a deadline is an ordinary end of a run: what came before it counts
            throw exception(ended.error());
        }
        if (report_) report_->flush();
        if (ended->fault && ended->failed == 0) {
            server_fault_ = true;
            progress_->note("aisle: all samples of a batch arrived, but its answer was faulty after them: " +
                            printable(ended->fault->message()));
        }
    }

    // On an engine thread. A server that does not have a format sends another one.
    void look_at_format(std::string const& arrived) {
        auto const& asked = options_.stream.output_format;
        if (arrived.empty() || arrived == asked || told_of_format_.exchange(true)) return;
        progress_->note("aisle: asked for " + asked + ", the server sends " + arrived + "; what it sends is read");
    }

    void take(sample const& s) {
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

    std::string sha256_of(sample const& s) {
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
        if (counters_.failed || server_fault_) return exit_code::failure;
        return counters_.missing ? exit_code::missing : exit_code::success;
    }

    get_options const& options_;
    interrupt interrupt_;  // before every thread
    file_descriptor input_;
    std::unique_ptr<sample_output> output_;
    std::optional<report_writer> report_;
    codec::hasher hash_{codec::checksum_type::sha256};
    progress_counters counters_;
    progress* progress_ = nullptr;
    std::uint64_t index_ = 0;
    std::uint64_t troubled_ = 0;
    bool server_fault_ = false;
    std::atomic<bool> told_of_format_{false};
    std::optional<batch_feed> feed_;  // outlives the engine, which asks it for batches
    engine engine_;
};

}  // namespace

exit_code run_get(get_options const& options) {
    check_outputs(options);
    return get_run(options).run();
}

}  // namespace aisle::cli
