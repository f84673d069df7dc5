#include "engine_flags.hpp"

#include "duration_flag.hpp"
#include "log_file.hpp"
#include "quantity.hpp"

#include <CLI/CLI.hpp>

#include <cstddef>
#include <string>
#include <utility>

namespace aisle::cli {
namespace {

CLI::Option* add_size(CLI::App& command, std::string name, std::size_t& into, std::string help) {
    return command
        .add_option_function<std::string>(
            name,
            [name, &into](std::string const& text) {
                auto const bytes = parse_size(text);
                if (!bytes || *bytes == 0) throw CLI::ValidationError(name, "'" + text + "' is not a size");
                into = static_cast<std::size_t>(*bytes);
            },
            std::move(help))
        ->type_name("SIZE");
}

void add_time_limits(CLI::App& command, engine_options& engine) {
    constexpr char const* group = "Time limits";
    add_duration_flag(command, "--connect-timeout", engine.connect_timeout, "To make a connection")->group(group);
    add_duration_flag(command, "--proxy-timeout", engine.proxy_timeout,
                      "For the answer of a proxy; then the next known proxy is asked")
        ->group(group);
    add_duration_flag(command, "--first-byte-timeout", engine.first_byte_timeout,
                      "From a request to the first byte of a target's answer")
        ->group(group);
    add_duration_flag(command, "--idle-timeout", engine.idle_timeout, "Longest pause within an answer")->group(group);
    add_duration_flag(command, "--request-timeout", engine.request_timeout, "From a request to the end of its answer")
        ->group(group);
}

void add_security(CLI::App& command, engine_options& engine) {
    constexpr char const* group = "Security";
    command
        .add_option("--ca", engine.tls.ca_file, "Certificates to trust, PEM; without it AIS_CLIENT_CA, or the system's")
        ->check(CLI::ExistingFile)
        ->type_name("FILE")
        ->group(group);
    auto* const certificate =
        command.add_option("--certificate", engine.tls.certificate_file, "The client's own, PEM; without it AIS_CRT")
            ->check(CLI::ExistingFile)
            ->type_name("FILE")
            ->group(group);
    auto* const key = command.add_option("--key", engine.tls.key_file, "Its key, PEM; without it AIS_CRT_KEY")
                          ->check(CLI::ExistingFile)
                          ->type_name("FILE")
                          ->group(group);
    certificate->needs(key);
    key->needs(certificate);
    command
        .add_flag_callback(
            "--insecure", [&engine] { engine.tls.verify = false; },
            "Do not check who answers an https endpoint: anybody on the way can read and change everything")
        ->group(group);
    command
        .add_option_function<std::string>(
            "--token-file",
            [&engine](std::string const& path) { engine.credentials = {.token = {}, .token_file = path}; },
            "File with the bearer token, for the cluster's proxies alone; without it AIS_AUTHN_TOKEN or "
            "AIS_AUTHN_TOKEN_FILE")
        ->check(CLI::ExistingFile)
        ->type_name("FILE")
        ->group(group);
}

void add_log(CLI::App& command, log_options& log) {
    constexpr char const* group = "Log";
    auto* const file =
        command
            .add_option_function<std::string>(
                "--log", [&log](std::string const& path) { log.hook = log_to(path); },
                "Write what happens as a JSON object a line: retries, refusals, lost connections; - is standard error")
            ->type_name("FILE|-")
            ->group(group);
    command
        .add_option_function<std::string>(
            "--log-level",
            [&log](std::string const& name) {
                for (auto const l : {log_level::debug, log_level::info, log_level::warning, log_level::error})
                    if (name == to_string(l)) log.level = l;
            },
            "The least that is written")
        ->check(CLI::IsMember({"debug", "info", "warning", "error"}))
        ->type_name("LEVEL")
        ->default_str("info")
        ->needs(file)
        ->group(group);
}

}  // namespace

void add_engine_flags(CLI::App& command, engine_options& engine) {
    command.add_option("--endpoint", engine.endpoint, "A proxy of the cluster, http[s]://HOST[:PORT], or several: A,B")
        ->envname("AIS_ENDPOINT")
        ->capture_default_str();
    add_size(command, "--memory", engine.memory_budget_bytes, "Bytes of answers, arrived or requested, at once")
        ->default_str("256M");
    add_size(command, "--max-sample", engine.max_sample_bytes, "Refuse samples larger than this")
        ->default_str("the memory budget");
    command
        .add_option("--cold-gets", engine.cold_gets,
                    "Objects fetched at once from a bucket's backend into the cluster, where Get-Batch answers them as "
                    "missing; 0: they are missing")
        ->check(CLI::Range(0u, 4096u))
        ->type_name("N")
        ->capture_default_str();
    add_time_limits(command, engine);
    add_security(command, engine);
    add_log(command, engine.log);
}

}  // namespace aisle::cli
