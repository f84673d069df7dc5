#include "commands.hpp"
#include "get_run.hpp"
#include "quantity.hpp"
#include "stream_flags.hpp"

#include <CLI/CLI.hpp>

#include <memory>

namespace aisle::cli {
namespace {

constexpr char const* examples =
    R"(Input lines (unknown keys are errors; only object is needed where --bucket is given):
  {"bucket": "ais://train", "object": "shard-7.tar", "archpath": "cat.jpg", "opaque": "aWQtNw=="}
  {"bucket": "ais://train", "object": "big.bin", "start": 1024, "length": 4096}
  {"bucket": "ais://@uuid#space/b", "object": "x", "size": 5000, "checksum": "xxhash2:0123456789abcdef"}

Report lines, in input order:
  {"index":0,"bucket":"ais://train","object":"a.jpg","status":"delivered","size":10240,"sha256":"...",
   "target":"host:port","request":"JOB/WORK-ITEM"}
  {"index":1,"bucket":"ais://train","object":"b.jpg","status":"missing","size":0,"target":"host:port",
   "request":"JOB/WORK-ITEM","code":"missing","error":"..."}

Exit code: 0 every entry delivered; 3 some missing, none failed; 1 failure; 2 usage; 130 interrupted. An answer that is
faulty after its last sample is a note, in the report too ("note"); with --strict the exit code is then 1.

Examples:
  aisle get ais://train/a.jpg ais://train/b.jpg --out photos
  aisle get --bucket ais://train a.jpg b.jpg --tar - | tar -tv
  aisle get --input list.jsonl --discard --sha256 --report report.jsonl
  make-list | aisle get --input - --batch 64 --in-flight 16 --out data)";

}  // namespace

std::function<exit_code()> add_get(CLI::App& app) {
    auto* const command = app.add_subcommand("get", "Fetch objects, archive members and ranges in batches");
    auto const o = std::make_shared<get_options>();
    command->add_option("entry", o->names, "ais://bucket/object, or object names of --bucket");
    command->add_option("--input", o->input, "Read entries as JSON lines from a file, - for standard input")
        ->type_name("FILE|-");
    command->add_option("--bucket", o->bucket, "Bucket of entries that name none")->type_name("ais://NAME");
    add_stream_flags(*command, o->engine, o->stream);
    command
        ->add_option_function<std::string>(
            "--batch",
            [o](std::string const& text) {
                auto const n = parse_count_or_auto(text, 65'536);
                if (!n) throw CLI::ValidationError("--batch", "'" + text + "' is neither 1..65536 nor auto");
                o->batch_size = *n;
            },
            "Entries per Get-Batch request; auto finds the number while running")
        ->type_name("N|auto")
        ->default_str("auto");
    command
        ->add_option_function<std::string>(
            "--on-missing",
            [o](std::string const& text) { o->stream.missing = text == "fail" ? on_missing::fail : on_missing::skip; },
            "What an entry the server does not have counts as: missing (skip) or failed (fail)")
        ->check(CLI::IsMember({"skip", "fail"}))
        ->type_name("skip|fail")
        ->default_str("skip");
    command->add_flag("--strict", o->strict, "Fail if an answer is faulty after its last sample");
    command->add_option("--out", o->out, "Write files to DIR/bucket/object[/archpath]")
        ->type_name("DIR")
        ->group("Output");
    command->add_option("--tar", o->tar, "Write one tar archive")->type_name("FILE|-")->group("Output");
    command->add_flag("--discard", o->discard, "Read everything, keep nothing")->group("Output");
    command->add_option("--report", o->report, "Write one JSON line per entry")->type_name("FILE|-")->group("Output");
    command->add_flag("--sha256", o->sha256, "Put each payload's SHA-256 into the report")->group("Output");
    command->add_flag("--quiet", o->quiet, "No progress, no totals")->group("Output");
    command->footer(examples);
    return [o] { return run_get(*o); };
}

}  // namespace aisle::cli
