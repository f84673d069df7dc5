#include "healing_flags.hpp"

#include "duration_flag.hpp"

#include <CLI/CLI.hpp>

namespace aisle::cli {
namespace {

constexpr char const* group = "Recovery";

}  // namespace

void add_retry_flags(CLI::App& command, retry_options& retry, std::string const& what) {
    command
        .add_option("--attempts", retry.attempts,
                    what +
                        " fails after so many requests in a row that bring nothing new; 1: nothing is requested "
                        "twice")
        ->check(CLI::Range(1u, 1'000'000u))
        ->type_name("N")
        ->capture_default_str()
        ->group(group);
    add_duration_flag(command, "--retry-for", retry.elapsed, what + " fails after so much time that brings nothing new")
        ->group(group);
    add_duration_flag(command, "--reach-within", retry.unreached,
                      "Everything fails if no proxy has ever answered after so much time")
        ->group(group);
}

void add_healing_flags(CLI::App& command, stream_options& stream) {
    add_retry_flags(command, stream.retry, "What is left of a batch");
    command
        .add_flag_callback(
            "--no-hedging", [&stream] { stream.hedging = false; }, "Do not make late requests a second time")
        ->group(group);
}

void add_deadline_flag(CLI::App& command, stream_options& stream) {
    add_duration_flag(command, "--deadline", stream.run_timeout,
                      "Limit of the whole run, which then ends with an error")
        ->default_str("as long as it takes")
        ->group(group);
}

}  // namespace aisle::cli
