#include "retry_flags.hpp"

#include "duration_flag.hpp"

#include <CLI/CLI.hpp>

namespace aisle::cli {
namespace {

constexpr char const* group = "Recovery";

}  // namespace

void add_retry_flags(CLI::App& command, retry_options& retry, std::string const& what) {
    command
        .add_option("--attempts", retry.attempts,
                    what + " fails after this many requests in a row that make no progress; 1: never retry")
        ->check(CLI::Range(1u, 1'000'000u))
        ->type_name("N")
        ->capture_default_str()
        ->group(group);
    add_duration_flag(command, "--retry-for", retry.elapsed, what + " fails after this much time without progress")
        ->group(group);
    add_duration_flag(command, "--reach-within", retry.unreached,
                      "The run fails if no proxy has responded within this time: the endpoint is probably wrong")
        ->group(group);
}

void add_recovery_flags(CLI::App& command, stream_options& stream) {
    add_retry_flags(command, stream.retry, "The rest of a batch");
    command
        .add_flag_callback(
            "--no-hedging", [&stream] { stream.hedging = false; }, "Do not send a second copy of a slow request")
        ->group(group);
}

void add_deadline_flag(CLI::App& command, stream_options& stream) {
    add_duration_flag(command, "--deadline", stream.run_timeout,
                      "Limit for the whole run, which then ends with an error")
        ->default_str("none")
        ->group(group);
}

}  // namespace aisle::cli
