#include "../commands.hpp"
#include "../flags/stream_flags.hpp"
#include "../text/quantity.hpp"
#include "get_run.hpp"

#include <CLI/CLI.hpp>

#include <memory>

namespace aisle::cli {
namespace {

constexpr char const* examples =
    R"(Input lines (only object is required if --bucket is given; unknown keys are errors):
  {"bucket": "ais://train", "object": "shard-7.tar", "archpath": "cat.jpg", "opaque": "aWQtNw=="}
  {"bucket": "ais://train", "object": "big.bin", "start": 1024, "length": 4096}
  {"bucket": "ais://@uuid#space/b", "object": "x", "size": 5000, "checksum": "xxhash2:0123456789abcdef"}

Report lines, in input order:
  {"index":0,"bucket":"ais://train","object":"a.jpg","status":"delivered","size":10240,"sha256":"...",
   "target":"host:port","request":"JOB/WORK-ITEM"}
  {"index":1,"bucket":"ais://train","object":"b.jpg","status":"missing","size":0,"target":"host:port",
   "request":"JOB/WORK-ITEM","code":"missing","error":"..."}

Exit code: 0 all entries delivered; 3 some missing, none failed; 1 failure; 2 usage error; 130 interrupted.
If a response is damaged after its last sample, a note says so, also in the report ("note"); with --strict the exit code
is then 1.

Examples:
  aisle get ais://train/a.jpg ais://train/b.jpg --out photos
  aisle get --bucket ais://train a.jpg b.jpg --tar - | tar -tv
  aisle get --input list.jsonl --discard --sha256 --report report.jsonl
  aisle get --bucket ais://train --prefix shards/ --sample 100 --out data
  aisle get --bucket ais://train --prefix '' --out data --resume report.jsonl   # run it again to continue
  make-list | aisle get --input - --batch 64 --in-flight 16 --out data)";

}  // namespace

std::function<exit_code()> add_get(CLI::App& app) {
    auto* const command = app.add_subcommand("get", "Fetch objects, archive members and ranges in batches");
    auto const o = std::make_shared<get_options>();
    command->add_option("entry", o->names, "ais://BUCKET/OBJECT, or object names if --bucket is given");
    command->add_option("--input", o->input, "Read entries from a file of JSON lines; - is standard input")
        ->type_name("FILE|-");
    auto* const bucket =
        command->add_option("--bucket", o->bucket, "Bucket of the entries that name none")->type_name("ais://NAME");
    auto* const prefix =
        command->add_option("--prefix", o->prefix, "Fetch the objects of --bucket that start with PREFIX ('' for all)")
            ->needs(bucket)
            ->type_name("PREFIX");
    auto* const sample = command->add_option("--sample", o->sample, "Fetch only N of these objects, selected at random")
                             ->needs(prefix)
                             ->check(CLI::Range(std::uint64_t{1}, std::uint64_t{1} << 40))
                             ->type_name("N");
    command->add_option("--seed", o->seed, "Seed of the selection")
        ->needs(sample)
        ->type_name("N")
        ->capture_default_str();
    add_stream_flags(*command, o->engine, o->stream);
    command
        ->add_option_function<std::string>(
            "--batch",
            [o](std::string const& text) {
                auto const n = parse_count_or_auto(text, 65'536);
                if (!n)
                    throw CLI::ValidationError("--batch",
                                               "'" + text + "' is neither a number from 1 to 65536 nor auto");
                o->batch_size = *n;
            },
            "Entries per Get-Batch request; auto adjusts the number during the run")
        ->type_name("N|auto")
        ->default_str("auto");
    command
        ->add_option_function<std::string>(
            "--on-missing",
            [o](std::string const& text) { o->stream.missing = text == "fail" ? on_missing::fail : on_missing::skip; },
            "Count an entry that does not exist as missing (skip) or as failed (fail)")
        ->check(CLI::IsMember({"skip", "fail"}))
        ->type_name("skip|fail")
        ->default_str("skip");
    add_watch_flags(*command, o->watch);
    command->add_flag("--strict", o->strict, "Fail if a response is damaged after its last sample");
    command->add_option("--out", o->out, "Write files to DIR/bucket/object[/archpath]")
        ->type_name("DIR")
        ->group("Output");
    command->add_option("--tar", o->tar, "Write one tar archive")->type_name("FILE|-")->group("Output");
    command->add_flag("--discard", o->discard, "Fetch and check everything, keep nothing")->group("Output");
    command->add_option("--report", o->report, "Write one line of JSON per entry")
        ->type_name("FILE|-")
        ->group("Output");
    command
        ->add_option("--resume", o->resume,
                     "Continue the run that wrote this report: skip delivered entries, append the others to it")
        ->type_name("FILE")
        ->group("Output");
    command->add_flag("--sha256", o->sha256, "Add the SHA-256 of each sample to the report")->group("Output");
    command->add_flag("--quiet", o->quiet, "Show no progress and no totals")->group("Output");
    command->footer(examples);
    return [o] { return run_get(*o); };
}

}  // namespace aisle::cli
