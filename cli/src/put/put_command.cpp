#include "../commands.hpp"
#include "../flags/engine_flags.hpp"
#include "../flags/retry_flags.hpp"
#include "put_run.hpp"

#include <CLI/CLI.hpp>

#include <memory>

namespace aisle::cli {
namespace {

constexpr char const* examples =
    R"(Objects are named as cp names files. If PREFIX is empty or ends with a slash, or if there are several files, each
object is named PREFIX/FILENAME, without the file's folders. A single file is otherwise named PREFIX. An existing object
of that name is replaced. The bucket must exist.

The checksum of each object, as AIStore reports it, is compared with that of the file.

Exit code: 0 all files stored; 1 a file was not stored; 2 usage error; 130 interrupted.

Examples:
  aisle put a.jpg b.jpg ais://train
  aisle put shard-*.tar ais://train/shards/
  aisle put model.bin ais://models/latest.bin)";

}  // namespace

std::function<exit_code()> add_put(CLI::App& app) {
    auto* const command = app.add_subcommand("put", "Store files as objects");
    auto const o = std::make_shared<put_options>();
    command->add_option("what", o->arguments, "Files, and last the destination")
        ->required()
        ->type_name("FILE... ais://BUCKET[/PREFIX]");
    command->add_option("--in-flight", o->in_flight, "Files to send at the same time")
        ->check(CLI::Range(1u, 256u))
        ->type_name("N")
        ->capture_default_str();
    command->add_flag("--quiet", o->quiet, "Show no progress and no totals");
    add_engine_flags(*command, o->engine);
    add_retry_flags(*command, o->retry, "A file");
    command->footer(examples);
    return [o] { return run_put(*o); };
}

}  // namespace aisle::cli
