#include "bucket_text.hpp"
#include "commands.hpp"
#include "duration_flag.hpp"
#include "engine_flags.hpp"
#include "healing_flags.hpp"
#include "stress_plan.hpp"
#include "stress_run.hpp"

#include <aisle/codec/archive_format.hpp>

#include <CLI/CLI.hpp>

#include <algorithm>
#include <memory>

namespace aisle::cli {
namespace {

constexpr char const* examples =
    R"(Creates a bucket, fills it (some 40 MB) with content that follows from each object's name, requests all of it in
every way there is, and checks each byte that arrives: objects of 0 bytes to 8 MiB, members of shards, ranges of both,
entries that do not exist, entries requested twice; each format, streamed and multipart; pulled and pushed. The bucket
is destroyed at the end, on Ctrl-C and on failure too; a second Ctrl-C leaves it.

  wrong   arrived with wrong bytes or a wrong size, out of order or twice, or must not exist
  lost    exists and was reported missing, or was not reported at all
  failed  could not be fetched, however often it was requested

Keys of --report: delivered, missing (as they must be), failed, wrong, lost, retries (requests made again for what a
fault had left), hedges (requests made for what was late), hedges_won, plain_gets, cold (fetched from the bucket's
backend), refusals (429, 503), redirects_dropped, requests, batches, rounds, bytes, seconds, samples_per_s, mb_per_s,
cpu_us_per_sample (checking included), first_sample_ms and batch_ms {p50, p95, p99} (from a batch's first request to its
first and last sample), peak_rss_bytes, open_files {start, most, end}, connections, seed, bucket, interrupted, ways [{format, mode, batches,
delivered, other_format, faulty_batches}], troubles [{what, text}] (the first ten of each kind), first_fault (of an
answer, healed or not; absent where there was none), latency_ms, targets, bound_by (as of aisle bench --json).

Exit code: 0 nothing wrong, lost or failed; 1 something was, or the run could not go on; 2 usage; 130 interrupted.

Examples:
  aisle stress --for 10m
  aisle stress --samples 1000000 --engines 4 --report stress.json
  aisle stress --for 30s --formats .tar,.zip --seed 7 --no-hedging)";

std::string asked_format(std::string const& text) {
    auto const format = codec::archive_format_named(text);
    if (!format) throw CLI::ValidationError("--formats", "'" + text + "' is none of " + codec::archive_format_names());
    return std::string(codec::request_mime_of(*format));
}

}  // namespace

std::function<exit_code()> add_stress(CLI::App& app) {
    auto* const command =
        app.add_subcommand("stress", "Load a cluster with requests of all kinds, and check every byte");
    auto const o = std::make_shared<stress_options>();
    auto* const samples = command->add_option("--samples", o->samples, "Stop after so many samples")
                              ->check(CLI::Range(std::uint64_t{1}, std::uint64_t{1} << 40))
                              ->type_name("N");
    add_duration_flag(*command, "--for", o->duration, "Stop asking after so long")->excludes(samples);
    command->add_option("--bucket", o->bucket, "Name of the bucket to make; there must be none of that name")
        ->check(why_no_bucket)
        ->type_name("ais://NAME")
        ->default_str("a new one");
    command->add_flag("--keep", o->keep, "Leave the bucket in the cluster");
    command->add_option("--engines", o->engines, "Engines at once")
        ->check(CLI::Range(1u, 64u))
        ->type_name("N")
        ->capture_default_str();
    command->add_option("--streams", o->streams, "Streams at once through each engine")
        ->check(CLI::Range(1u, 64u))
        ->type_name("N")
        ->capture_default_str();
    command
        ->add_option("--batch-size", o->batch_size,
                     "Most entries of a usual batch; one in fifty may be eight times as large")
        ->check(CLI::Range(std::size_t{1}, stress_plan::largest_batch))
        ->type_name("N")
        ->capture_default_str();
    command
        ->add_option_function<std::vector<std::string>>(
            "--formats",
            [o](std::vector<std::string> const& names) {
                o->formats.clear();
                std::ranges::transform(names, std::back_inserter(o->formats), asked_format);
            },
            "Archive formats to ask for")
        ->delimiter(',')
        ->type_name(".EXT,..")
        ->default_str(".tar,.tgz,.zip,.tar.lz4");
    command->add_option("--seed", o->seed, "Of everything that is drawn: the same seed makes the same load")
        ->type_name("N")
        ->capture_default_str();
    command->add_option("--report", o->report, "Write what came as JSON")->type_name("FILE|-");
    command->add_flag("--quiet", o->quiet, "No progress");
    add_engine_flags(*command, o->engine);
    add_healing_flags(*command, o->stream);
    command->footer(examples);
    return [o] { return run_stress(*o); };
}

}  // namespace aisle::cli
