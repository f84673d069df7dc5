#include "../commands.hpp"
#include "../flags/bucket_text.hpp"
#include "../flags/duration_flag.hpp"
#include "../flags/engine_flags.hpp"
#include "../flags/retry_flags.hpp"
#include "../watch/watch_options.hpp"
#include "stress_plan.hpp"
#include "stress_run.hpp"

#include <aisle/codec/archive_format.hpp>

#include <CLI/CLI.hpp>

#include <algorithm>
#include <iterator>
#include <memory>

namespace aisle::cli {
namespace {

constexpr char const* examples =
    R"(Creates a bucket, fills it with about 40 MB of content that is generated from each object's name, requests it in every
way, and checks every byte that arrives: objects of 0 bytes to 8 MiB, members of shards, ranges of both, entries that do
not exist, entries requested twice; each format, streamed and multipart; pulled and pushed. The bucket is destroyed at
the end, also on Ctrl-C and on failure; a second Ctrl-C leaves it.

  wrong   arrived with wrong bytes or a wrong size, out of order or twice, or does not exist
  lost    exists but was reported as missing, or was not reported at all
  failed  could not be fetched, even with retries

Keys of --report: delivered, missing (entries that do not exist), failed, wrong, lost, retries (requests repeated after
an error), hedges (second copies of slow requests), hedges_won, plain_gets, cold (fetched from the bucket's backend),
refusals (429, 503), redirects_dropped, requests, batches, rounds, bytes, seconds, samples_per_s, mb_per_s,
cpu_us_per_sample (including the checks), first_sample_ms and batch_ms {p50, p95, p99} (from a batch's first request to
its first and last sample), peak_rss_bytes, open_files {start, most, end}, connections, seed, bucket, interrupted,
ways [{format, mode, batches, delivered, other_format, faulty_batches}], troubles [{what, text}] (the first ten of each
kind), first_fault (first error in a response, recovered or not; absent if there was none), latency_ms, targets,
bound_by, cluster (as for aisle bench --json).

Exit code: 0 nothing wrong, lost or failed; 1 something was, or the run failed; 2 usage error; 130 interrupted.

Examples:
  aisle stress --for 10m
  aisle stress --samples 1000000 --engines 4 --report stress.json
  aisle stress --for 30s --formats .tar,.zip --seed 7 --no-hedging)";

std::string requested_format(std::string const& text) {
    auto const format = codec::archive_format_named(text);
    if (!format)
        throw CLI::ValidationError(
            "--formats", "'" + text + "' is not an archive format: choose from " + codec::archive_format_names());
    return std::string(codec::request_mime_of(*format));
}

}  // namespace

std::function<exit_code()> add_stress(CLI::App& app) {
    auto* const command =
        app.add_subcommand("stress", "Load a cluster with all kinds of requests, and check every byte");
    auto const o = std::make_shared<stress_options>();
    auto* const samples = command->add_option("--samples", o->samples, "Stop after N samples")
                              ->check(CLI::Range(std::uint64_t{1}, std::uint64_t{1} << 40))
                              ->type_name("N");
    add_duration_flag(*command, "--for", o->duration, "Stop after this time")->excludes(samples);
    command->add_option("--bucket", o->bucket, "Name of the bucket to create; it must not exist")
        ->check(why_no_bucket)
        ->type_name("ais://NAME")
        ->default_str("a random name");
    command->add_flag("--keep", o->keep, "Do not destroy the bucket at the end");
    command->add_option("--engines", o->engines, "Number of engines")
        ->check(CLI::Range(1u, 64u))
        ->type_name("N")
        ->capture_default_str();
    command->add_option("--streams", o->streams, "Concurrent streams per engine")
        ->check(CLI::Range(1u, 64u))
        ->type_name("N")
        ->capture_default_str();
    command
        ->add_option("--batch-size", o->batch_size,
                     "Largest number of entries per batch; one batch in fifty may have eight times as many")
        ->check(CLI::Range(std::size_t{1}, stress_plan::largest_batch))
        ->type_name("N")
        ->capture_default_str();
    command
        ->add_option_function<std::vector<std::string>>(
            "--formats",
            [o](std::vector<std::string> const& names) {
                o->formats.clear();
                std::ranges::transform(names, std::back_inserter(o->formats), requested_format);
            },
            "Archive formats to request")
        ->delimiter(',')
        ->type_name(".EXT,..")
        ->default_str(".tar,.tgz,.zip,.tar.lz4");
    command->add_option("--seed", o->seed, "Random seed: the same seed generates the same load")
        ->type_name("N")
        ->capture_default_str();
    command->add_option("--report", o->report, "Write the results as JSON")->type_name("FILE|-");
    command->add_flag("--quiet", o->quiet, "Show no progress");
    add_engine_flags(*command, o->engine);
    add_watch_flags(*command, o->watch);
    add_cluster_flag(*command, o->watch);
    add_recovery_flags(*command, o->stream);
    command->footer(examples);
    return [o] { return run_stress(*o); };
}

}  // namespace aisle::cli
