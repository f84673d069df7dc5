#include "ls_run.hpp"

#include "../flags/bucket_argument.hpp"
#include "../output/file_writer.hpp"
#include "../process/interrupt.hpp"
#include "../process/standard_descriptors.hpp"
#include "../progress/progress.hpp"
#include "../text/printable.hpp"
#include "../usage_error.hpp"
#include "listed_text.hpp"

#include <aisle/bucket.hpp>
#include <aisle/engine.hpp>

#include <cstdio>

namespace aisle::cli {
namespace {

class ls_run {
public:
    ls_run(ls_options const& options, interrupt const& signals)
        : options_(options), signals_(signals), where_(parse_bucket_argument(options.where)) {}

    /// Nothing when a signal ended it.
    std::optional<exit_code> run() {
        engine from(options_.engine);
        // Prints errors while nothing arrives.
        progress const shown(
            progress_style::quiet, counters_, [] { return std::nullopt; }, [&from] { return from.stats(); },
            options_.list.retry);
        auto how = options_.list;
        how.details = options_.long_lines;
        how.stop = signals_.token();
        auto listing = from.bucket(where_.bucket).list(where_.rest, how);
        file_writer out("-", publish::immediately, signals_.token());
        while (!is_full()) {
            auto const page = listing.next_page();
            if (!page && signals_.raised()) return std::nullopt;
            if (page.value().empty()) break;
            for (auto const& o : *page) {
                if (is_full()) break;
                write(out, o);
            }
            out.flush();
        }
        out.finish();
        return verdict();
    }

private:
    bool is_full() const { return options_.limit && counters_.delivered >= *options_.limit; }

    void write(file_writer& out, object_info const& o) {
        if (options_.json)
            out.write(json_line(o, where_.bucket, options_.long_lines));
        else
            out.write(options_.long_lines ? long_line(o) : name_line(o));
        progress_counters::add(counters_.delivered, 1);
        if (!o.is_unreadable) return;
        unreadable_ = true;
        auto const text = "aisle: " + printable(where_.bucket + "/" + o.name) +
                          " cannot be listed: it is damaged, or not an archive despite its name\n";
        std::fputs(text.c_str(), stderr);
    }

    exit_code verdict() const {
        if (unreadable_) return exit_code::failure;
        if (counters_.delivered > 0 || where_.rest.empty() || options_.limit == 0u) return exit_code::success;
        std::fputs(
            ("aisle: no object in " + printable(where_.bucket) + " starts with '" + printable(where_.rest) + "'\n")
                .c_str(),
            stderr);
        return exit_code::missing;
    }

    ls_options const& options_;
    interrupt const& signals_;
    bucket_argument const where_;
    progress_counters counters_;
    bool unreadable_ = false;
};

}  // namespace

exit_code run_ls(ls_options const& options) {
    require_standard_output();
    interrupt const signals;  // before any other thread starts
    return signals.run([&] { return ls_run(options, signals).run(); });
}

}  // namespace aisle::cli
