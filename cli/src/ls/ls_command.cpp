#include "../commands.hpp"
#include "../flags/engine_flags.hpp"
#include "../flags/retry_flags.hpp"
#include "ls_run.hpp"

#include <CLI/CLI.hpp>

#include <memory>

namespace aisle::cli {
namespace {

constexpr char const* examples =
    R"(Prints one line per object, sorted by name. With --archive the members of an archive follow it, as ARCHIVE/MEMBER.

--long adds size in bytes, state and checksum before the name. States: cached (in the cluster), backend (only in the
bucket's backend), archive, member, unreadable (AIStore cannot list the members of this archive).

--json prints one JSON object per line: bucket, object, archpath, size; with --long also checksum, version, location and
state. aisle get --input accepts these lines.

Exit code: 0 success; 3 no name starts with PREFIX; 1 failure, or an unreadable archive; 2 usage error; 130 interrupted.

Examples:
  aisle ls ais://train
  aisle ls ais://train/shards/ --archive --long
  aisle ls ais://train --long --json --limit 1000 | aisle get --input - --out data)";

}  // namespace

std::function<exit_code()> add_ls(CLI::App& app) {
    auto* const command = app.add_subcommand("ls", "List the objects of a bucket, and the members of its archives");
    auto const o = std::make_shared<ls_options>();
    command->add_option("where", o->where, "A bucket, and a prefix of the names")
        ->required()
        ->type_name("ais://BUCKET[/PREFIX]");
    command->add_flag("--long", o->long_lines, "Print sizes, states and checksums too");
    command->add_flag("--json", o->json, "Print JSON lines");
    command->add_option("--limit", o->limit, "Stop after N lines")
        ->check(CLI::Range(std::uint64_t{1}, std::uint64_t{1} << 62))
        ->type_name("N");
    command->add_flag("--archive", o->list.members,
                      "List members of archives too (.tar, .tgz, .tar.gz, .zip, .tar.lz4)");
    command->add_flag("--cached", o->list.cached_only, "Leave out objects that are only in the bucket's backend");
    command->add_option("--page", o->list.page_entries, "Objects per listing request; 0: AIStore's default")
        ->check(CLI::Range(0u, 10'000u))
        ->type_name("N")
        ->capture_default_str();
    add_engine_flags(*command, o->engine);
    add_retry_flags(*command, o->list.retry, "A request");
    command->footer(examples);
    return [o] { return run_ls(*o); };
}

}  // namespace aisle::cli
