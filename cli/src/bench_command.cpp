#include "bench_run.hpp"
#include "bucket_text.hpp"
#include "commands.hpp"
#include "stream_flags.hpp"

#include <CLI/CLI.hpp>

#include <memory>

namespace aisle::cli {
namespace {

/// AIStore takes more; a batch is one answer's unit of order and of memory, and this is far beyond the useful.
constexpr std::size_t most_entries = 100'000;

constexpr char const* examples =
    R"(The bucket is listed once, before the clock starts. Samples are dropped as soon as they are whole; elapsed time
ends when the last answer is read to its end.

Keys of --json: samples, seconds, samples_per_s, bytes, mb_per_s, cpu_us_per_sample (user and system time of this
process), first_sample_ms, batch_ms {p50, p95, p99} (from a request's start to its last sample), peak_rss_bytes,
in_flight (allowed at the end), batches, missing, failed, connections, reads, retries (requests made again for what a
fault had left), hedges (requests made for what was late), cold (samples fetched from the bucket's backend into the
cluster), latency_ms (of a request: queued, proxy, first_byte, transfer; hedge_delay), targets (each with requests, bytes,
samples, failures, refusals, health from 0 to 1, ms), bound_by {what, reason}: server, network, client CPU or consumer.

Exit code: as of aisle get.

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
    auto* const batches = command->add_option("--batches", o->batches, "Stop after so many batches")
                              ->check(CLI::Range(std::uint64_t{1}, std::uint64_t{1} << 40))
                              ->type_name("N");
    command->add_option("--seconds", *seconds, "Stop asking after so long")
        ->check(CLI::Range(0.01, 1e6))
        ->excludes(batches)
        ->type_name("S")
        ->capture_default_str();
    command->add_option("--warmup", o->warmup, "Batches fetched before the clock starts")
        ->check(CLI::Range(std::uint64_t{0}, std::uint64_t{1} << 40))
        ->type_name("N")
        ->capture_default_str();
    command
        ->add_option_function<std::string>(
            "--order",
            [o](std::string const& text) { o->order = text == "listed" ? pick_order::listed : pick_order::random; },
            "random objects, or one after the other as listed")
        ->check(CLI::IsMember({"random", "listed"}))
        ->type_name("random|listed")
        ->default_str("random");
    command->add_option("--seed", o->seed, "Of the random order")->type_name("N")->capture_default_str();
    command->add_flag("--json", o->json, "Print one JSON object instead of the table");
    command->add_flag("--quiet", o->quiet, "No progress");
    command->footer(examples);
    return [o, seconds] {
        o->duration = std::chrono::duration<double>(*seconds);
        return run_bench(*o);
    };
}

}  // namespace aisle::cli
