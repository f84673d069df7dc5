#include "check_run.hpp"

#include "../output/file_writer.hpp"
#include "../process/interrupt.hpp"
#include "../process/standard_descriptors.hpp"
#include "../text/quantity.hpp"
#include "bucket_checks.hpp"
#include "cluster_checks.hpp"

#include <optional>
#include <sys/resource.h>

namespace aisle::cli {
namespace {

/// Two connections for each of 256 batches in flight, and some for everything else.
constexpr std::uint64_t enough_descriptors = 1'024;

void check_descriptors(check_report& report) {
    rlimit limit{};
    if (getrlimit(RLIMIT_NOFILE, &limit) != 0) return report.skip("descriptors", "the limit is unknown");
    if (limit.rlim_cur == RLIM_INFINITY || limit.rlim_cur >= enough_descriptors)
        return report.ok("descriptors", limit.rlim_cur == RLIM_INFINITY
                                            ? std::string("no limit")
                                            : format_count(limit.rlim_cur) + " files may be open");
    report.warn("descriptors",
                "only " + format_count(limit.rlim_cur) +
                    " files may be open, which limits the requests "
                    "in flight",
                "raise the limit: ulimit -n 4096");
}

class check_run {
public:
    check_run(check_options const& options, interrupt const& signals)
        : options_(options), signals_(signals), out_("-", publish::immediately, signals.token()) {}

    /// Nothing when a signal ended it.
    std::optional<exit_code> run() {
        check_descriptors(report_);
        node_client client(options_.engine.tls, options_.limit);
        std::function<bool()> const stopped = [this] { return signals_.raised(); };
        cluster_checks cluster(options_.engine, client, report_, stopped);
        if (cluster.run() && !options_.bucket.empty()) check_bucket(client, cluster.endpoint());
        if (options_.json) out_.write(report_.json());
        out_.finish();
        if (signals_.raised()) return std::nullopt;
        return report_.has_failed() ? exit_code::failure : exit_code::success;
    }

private:
    void check_bucket(node_client& client, std::string const& endpoint) {
        bucket_checks bucket(options_.engine, options_.bucket, options_.limit, report_, signals_.token());
        if (options_.put) {
            if (bucket.put_probes()) bucket.fetch_batches();
            bucket.remove_probes(client, endpoint);
        } else if (bucket.find_objects()) {
            bucket.fetch_batches();
        }
    }

    void print(check_result const& result) {
        if (options_.json) return;
        out_.write(to_line(result));
        out_.flush();
    }

    check_options const& options_;
    interrupt const& signals_;
    file_writer out_;
    check_report report_{[this](check_result const& r) { print(r); }};
};

}  // namespace

exit_code run_check(check_options const& options) {
    require_standard_output();
    interrupt const signals;  // before any other thread starts
    return signals.run([&] { return check_run(options, signals).run(); });
}

}  // namespace aisle::cli
