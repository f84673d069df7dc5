#include "engine_flags.hpp"

#include "../text/quantity.hpp"
#include "duration_flag.hpp"
#include "log_file.hpp"

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
                if (!bytes || *bytes == 0)
                    throw CLI::ValidationError(name, "'" + text + "' is not a size: write 4096, 64K, 256M or 1G");
                into = static_cast<std::size_t>(*bytes);
            },
            std::move(help))
        ->type_name("SIZE");
}

void add_time_limits(CLI::App& command, engine_options& engine) {
    constexpr char const* group = "Time limits";
    add_duration_flag(command, "--connect-timeout", engine.connect_timeout, "Limit for connecting")->group(group);
    add_duration_flag(command, "--proxy-timeout", engine.proxy_timeout,
                      "Limit for a proxy's response; then the next known proxy is used")
        ->group(group);
    add_duration_flag(command, "--first-byte-timeout", engine.first_byte_timeout,
                      "Limit from the request to the first byte of a target's response")
        ->group(group);
    add_duration_flag(command, "--idle-timeout", engine.idle_timeout, "Longest pause within a response")->group(group);
    add_duration_flag(command, "--request-timeout", engine.request_timeout,
                      "Limit from the request to the end of its response")
        ->group(group);
}

void add_security(CLI::App& command, engine_options& engine) {
    constexpr char const* group = "Security";
    command
        .add_option("--ca", engine.tls.ca_file,
                    "Trusted certificate authorities (PEM); default: AIS_CLIENT_CA, else the system's")
        ->check(CLI::ExistingFile)
        ->type_name("FILE")
        ->group(group);
    auto* const certificate =
        command.add_option("--certificate", engine.tls.certificate_file, "Client certificate (PEM); default: AIS_CRT")
            ->check(CLI::ExistingFile)
            ->type_name("FILE")
            ->group(group);
    auto* const key =
        command.add_option("--key", engine.tls.key_file, "Key of the client certificate (PEM); default: AIS_CRT_KEY")
            ->check(CLI::ExistingFile)
            ->type_name("FILE")
            ->group(group);
    certificate->needs(key);
    key->needs(certificate);
    command
        .add_flag_callback(
            "--insecure", [&engine] { engine.tls.verify = false; },
            "Do not verify the server's certificate: anyone on the network can then read and change the data")
        ->group(group);
    command
        .add_option_function<std::string>(
            "--token-file",
            [&engine](std::string const& path) { engine.credentials = {.token = {}, .token_file = path}; },
            "File with the bearer token, which is sent to proxies only; default: AIS_AUTHN_TOKEN, else "
            "AIS_AUTHN_TOKEN_FILE")
        ->check(CLI::ExistingFile)
        ->type_name("FILE")
        ->group(group);
}

void add_log(CLI::App& command, log_options& log) {
    constexpr char const* group = "Log";
    auto* const file = command
                           .add_option_function<std::string>(
                               "--log", [&log](std::string const& path) { log.hook = log_to(path); },
                               "Write events (retries, refusals, lost connections) as JSON lines; - is standard error")
                           ->type_name("FILE|-")
                           ->group(group);
    command
        .add_option_function<std::string>(
            "--log-level",
            [&log](std::string const& name) {
                for (auto const l : {log_level::debug, log_level::info, log_level::warning, log_level::error})
                    if (name == to_string(l)) log.level = l;
            },
            "Lowest level that is written")
        ->check(CLI::IsMember({"debug", "info", "warning", "error"}))
        ->type_name("debug|info|warning|error")
        ->default_str("info")
        ->needs(file)
        ->group(group);
}

}  // namespace

void add_connection_flags(CLI::App& command, engine_options& engine) {
    command
        .add_option("--endpoint", engine.endpoint,
                    "A proxy of the cluster, http[s]://HOST[:PORT]; or several, separated by commas")
        ->envname("AIS_ENDPOINT")
        ->type_name("URL")
        ->capture_default_str();
    add_security(command, engine);
}

void add_engine_flags(CLI::App& command, engine_options& engine) {
    add_connection_flags(command, engine);
    add_size(command, "--memory", engine.memory_budget_bytes, "Memory budget for responses, requested or received")
        ->default_str("256M");
    add_size(command, "--max-sample", engine.max_sample_bytes, "Fail samples larger than this")
        ->default_str("the memory budget");
    command
        .add_option("--cold-gets", engine.cold_gets,
                    "Cold objects (only in the bucket's backend) to fetch into the cluster at a time; 0: report them "
                    "as missing")
        ->check(CLI::Range(0u, 4096u))
        ->type_name("N")
        ->capture_default_str();
    add_time_limits(command, engine);
    add_log(command, engine.log);
}

}  // namespace aisle::cli
