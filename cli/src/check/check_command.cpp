#include "../commands.hpp"
#include "../flags/bucket_text.hpp"
#include "../flags/duration_flag.hpp"
#include "../flags/engine_flags.hpp"
#include "check_run.hpp"

#include <CLI/CLI.hpp>

#include <memory>

namespace aisle::cli {
namespace {

constexpr char const* examples =
    R"(Checks the descriptor limit, each endpoint, the clock, TLS, the token, the cluster map and AIStore's version; that every
proxy and target responds, also with more bytes than fit a packet (MTU). With --bucket it lists the bucket and requests
a batch of its objects in each format and mode, and compares sizes and checksums. With --put it stores probe objects in
the bucket, requests these instead, and removes them.

Prints one line per check: its status (ok, warning, failed, skipped), what was found, and what to do.

Exit code: 0 no check failed; 1 one failed; 2 usage error; 130 interrupted.

Examples:
  aisle check
  aisle check --bucket ais://train
  aisle check --endpoint https://proxy:51080 --ca ca.crt --bucket ais://scratch --put --json)";

}  // namespace

std::function<exit_code()> add_check(CLI::App& app) {
    auto* const command = app.add_subcommand("check", "Find out what is wrong between this machine and a cluster");
    auto const o = std::make_shared<check_options>();
    auto* const bucket = command->add_option("--bucket", o->bucket, "Bucket to read from")
                             ->check(why_no_bucket)
                             ->type_name("ais://NAME");
    command->add_flag("--put", o->put, "Store probe objects in the bucket, and remove them at the end")->needs(bucket);
    add_duration_flag(*command, "--timeout", o->limit, "Limit for each request");
    command->add_flag("--json", o->json, "Print one JSON object instead of lines");
    add_connection_flags(*command, o->engine);
    command->footer(examples);
    return [o] { return run_check(*o); };
}

}  // namespace aisle::cli
