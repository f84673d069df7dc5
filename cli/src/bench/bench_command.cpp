#include "../commands.hpp"
#include "../flags/bucket_text.hpp"
#include "../flags/stream_flags.hpp"
#include "../watch/watch_options.hpp"
#include "bench_run.hpp"

#include <CLI/CLI.hpp>

#include <memory>

namespace aisle::cli {
namespace {

/// AIStore accepts more, but a batch is the unit of order and of memory, and this is already far too large.
constexpr std::size_t most_entries = 100'000;

constexpr char const* examples =
    R"(The bucket is listed once, before the measurement starts. Samples are dropped when they are complete. The measurement
ends when the last response is complete.

Keys of --json: samples, seconds, samples_per_s, bytes, mb_per_s, cpu_us_per_sample (user and system time of this
process), first_sample_ms, batch_ms {p50, p95, p99} (from the request to its last sample), peak_rss_bytes, in_flight
(limit at the end of the run), batches, missing, failed, connections, reads, retries (requests repeated after an error),
hedges (second copies of slow requests), cold (samples fetched from the bucket's backend into the cluster), latency_ms
(steps of a request: queued, proxy, first_byte, transfer; and hedge_delay), targets (each with requests, bytes, samples,
failures, refusals, health from 0 to 1, ms), bound_by {what, reason}: server, network, client CPU or consumer.
With --cluster-metrics, --ui or --metrics also cluster: the targets' own counters during the run, which include all
clients: known (whether they could be fetched), why (if not), seconds, batches, objects, object_bytes, members,
member_bytes, soft_errors, hard_errors, recoveries, failed_recoveries, peer_wait_ms, throttled_ms, and targets, each
with its id, its name and the same counters.

Exit code: as for aisle get.

Examples:
  aisle bench --bucket ais://train --seconds 10
  aisle bench --bucket ais://train --batch 128 --batches 256 --in-flight 32 --json)";

}  // namespace

std::function<exit_code()> add_bench(CLI::App& app) {
    auto* const command = app.add_subcommand("bench", "Measure how fast a bucket's objects can be fetched");
    auto const o = std::make_shared<bench_options>();
    auto const seconds = std::make_shared<double>(10);
    command->add_option("--bucket", o->bucket, "Bucket to read")
        ->required()
        ->type_name("ais://NAME")
        ->check(why_no_bucket);
    add_stream_flags(*command, o->engine, o->stream);
    command->add_option("--batch", o->batch_size, "Entries per Get-Batch request")
        ->check(CLI::Range(std::size_t{1}, most_entries))
        ->type_name("N")
        ->capture_default_str();
    auto* const batches = command->add_option("--batches", o->batches, "Stop after N batches")
                              ->check(CLI::Range(std::uint64_t{1}, std::uint64_t{1} << 40))
                              ->type_name("N");
    command->add_option("--seconds", *seconds, "Stop after S seconds")
        ->check(CLI::Range(0.01, 1e6))
        ->excludes(batches)
        ->type_name("S")
        ->capture_default_str();
    command->add_option("--warmup", o->warmup, "Batches to fetch before the measurement starts")
        ->check(CLI::Range(std::uint64_t{0}, std::uint64_t{1} << 40))
        ->type_name("N")
        ->capture_default_str();
    command
        ->add_option_function<std::string>(
            "--order",
            [o](std::string const& text) { o->order = text == "listed" ? pick_order::listed : pick_order::random; },
            "Read random objects, or all in the order of the listing")
        ->check(CLI::IsMember({"random", "listed"}))
        ->type_name("random|listed")
        ->default_str("random");
    command->add_option("--seed", o->seed, "Seed of the random order")->type_name("N")->capture_default_str();
    add_watch_flags(*command, o->watch);
    add_cluster_flag(*command, o->watch);
    command->add_flag("--json", o->json, "Print one JSON object instead of the table");
    command->add_flag("--quiet", o->quiet, "Show no progress");
    command->footer(examples);
    return [o, seconds] {
        o->duration = std::chrono::duration<double>(*seconds);
        return run_bench(*o);
    };
}

}  // namespace aisle::cli
