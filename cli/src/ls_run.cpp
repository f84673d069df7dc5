#include "ls_run.hpp"

#include "bucket_argument.hpp"
#include "file_writer.hpp"
#include "interrupt.hpp"
#include "listed_text.hpp"
#include "printable.hpp"
#include "progress.hpp"
#include "standard_descriptors.hpp"
#include "usage_error.hpp"

#include <aisle/bucket.hpp>
#include <aisle/engine.hpp>

#include <cstdio>

namespace aisle::cli {
namespace {

class ls_run {
public:
    ls_run(ls_options const& options, interrupt const& signals)
        : options_(options), signals_(signals), where_(parse_bucket_argument(options.where)) {}

    /// Nothing when a signal broke it off.
    std::optional<exit_code> run() {
        engine from(options_.engine);
        // Says why nothing comes.
        progress const shown(
            progress_style::quiet, counters_, [] { return std::nullopt; }, [&from] { return from.stats(); },
            options_.list.retry);
        auto how = options_.list;
        how.details = options_.long_lines;
        how.stop = signals_.token();
        auto listing = from.bucket(where_.bucket).list(where_.rest, how);
        file_writer out("-", appearance::at_once, signals_.token());
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
                          " is damaged, or no archive in spite of its name: AIStore cannot list its members\n";
        std::fputs(text.c_str(), stderr);
    }

    exit_code verdict() const {
        if (unreadable_) return exit_code::failure;
        if (counters_.delivered > 0 || where_.rest.empty() || options_.limit == 0u) return exit_code::success;
        std::fputs(("aisle: nothing in " + printable(where_.bucket) + " begins with '" + printable(where_.rest) + "'\n")
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
    need_standard_output();
    interrupt const signals;  // before every thread
    return signals.run([&] { return ls_run(options, signals).run(); });
}

}  // namespace aisle::cli
