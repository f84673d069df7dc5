#include "commands.hpp"
#include "engine_flags.hpp"
#include "healing_flags.hpp"
#include "put_run.hpp"

#include <CLI/CLI.hpp>

#include <memory>

namespace aisle::cli {
namespace {

constexpr char const* examples =
    R"(Objects are named as cp names files: behind a bucket, behind a PREFIX that ends with a slash, and behind the PREFIX of
several files, each by the last component of its file's name; one file is otherwise named PREFIX. What has that name
already is replaced. The bucket must exist.

Each object's checksum, as AIStore tells it, is compared with the file's.

Exit code: 0 all stored; 1 one was not; 2 usage; 130 interrupted.

Examples:
  aisle put a.jpg b.jpg ais://train
  aisle put shard-*.tar ais://train/shards/
  aisle put model.bin ais://models/newest.bin)";

}  // namespace

std::function<exit_code()> add_put(CLI::App& app) {
    auto* const command = app.add_subcommand("put", "Store files as objects");
    auto const o = std::make_shared<put_options>();
    command->add_option("what", o->arguments, "Files, and behind them where they go")
        ->required()
        ->type_name("FILE... ais://BUCKET[/PREFIX]");
    command->add_option("--in-flight", o->in_flight, "Files that are sent at once")
        ->check(CLI::Range(1u, 256u))
        ->type_name("N")
        ->capture_default_str();
    command->add_flag("--quiet", o->quiet, "No progress, no totals");
    add_engine_flags(*command, o->engine);
    add_retry_flags(*command, o->retry, "A file");
    command->footer(examples);
    return [o] { return run_put(*o); };
}

}  // namespace aisle::cli
