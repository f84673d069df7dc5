#include "../commands.hpp"
#include "../text/quantity.hpp"
#include "serve_run.hpp"

#include <aisle/security.hpp>

#include <CLI/CLI.hpp>

#include <memory>

namespace aisle::cli {
namespace {

constexpr char const* examples =
    R"(Behaves like a small AIStore cluster: a proxy that redirects to targets, Get-Batch, buckets, objects, listings. It is
made for tests, demonstrations and measurements on one machine: do not expose it to a network.
Without DIR, buckets and objects are kept in memory.

Examples:
  aisle serve photos                    # each sub-folder of photos is a bucket
  aisle serve --bucket s3://photos      # an empty bucket of another provider
  aisle serve --synthetic 100000x10K    # ais://synthetic, generated when it is read
  aisle serve photos --target-hosts 127.0.0.2,127.0.0.3   # two targets, each with its own address
  aisle serve photos --cold s3:b        # the objects of photos/s3:b are in a cloud
  aisle serve photos --port 0 --tail 100 --fault short@3)";

result<std::string> token_in(std::string const& file) {
    auto value = authorization({.token_file = file});
    if (value) value->erase(0, value->find(' ') + 1);  // "Bearer "
    return value;
}

// How long failures last in a real cluster.
void add_times(CLI::App& command, std::shared_ptr<playground::server_options> const& o) {
    command
        .add_option_function<unsigned>(
            "--max-wait", [o](unsigned ms) { o->max_wait = std::chrono::milliseconds(ms); },
            "How long a target waits for an entry that another target does not send, before it fetches it")
        ->check(CLI::Range(1, 60'000))
        ->type_name("MS")
        ->default_str("20000");
    command
        .add_option_function<unsigned>(
            "--startup", [o](unsigned s) { o->startup = std::chrono::seconds(s); },
            "Refuse requests for this long at first, like a cluster that is starting")
        ->check(CLI::Range(0, 3600))
        ->type_name("SECONDS")
        ->default_str("0");
}

}  // namespace

std::function<exit_code()> add_serve(CLI::App& app) {
    auto* const command = app.add_subcommand("serve", "Run a small AIStore-like server on this machine");
    auto const o = std::make_shared<playground::server_options>();
    o->port = 8080;
    o->writable_root = false;
    command->add_option("dir", o->root, "Folder whose sub-folders are the buckets")->check(CLI::ExistingDirectory);
    command->add_flag("--writable", o->writable_root, "Allow clients to write and delete in DIR");
    command
        ->add_option_function<std::string>(
            "--synthetic",
            [o](std::string const& text) {
                auto const set = parse_object_set(text);
                if (!set)
                    throw CLI::ValidationError("--synthetic",
                                               "'" + text + "' is not a count and a size: write 5000x10K");
                o->made_up = playground::synthetic{.count = set->count, .size = set->size_bytes};
            },
            "Add the bucket ais://synthetic with N generated objects of SIZE bytes (K, M, G: powers of 1024)")
        ->type_name("NxSIZE");
    command->add_option("--bucket", o->buckets, "Create a bucket of any provider or namespace: s3://b, ais://#ns/b")
        ->allow_extra_args(false)
        ->type_name("URI");
    command
        ->add_flag_callback(
            "--like-aistore",
            [o] {
                auto const real = playground::server_options::like_aistore();
                o->zstd_output = real.zstd_output;
                o->tail_delay = real.tail_delay;
                o->abort_lasts = real.abort_lasts;
                o->broken_stream_lasts = real.broken_stream_lasts;
            },
            "Use the delays of a real cluster, also after a damaged shard")
        ->trigger_on_parse();
    command->add_flag_callback(
        "--no-zstd", [o] { o->zstd_output = false; }, "Send plain tar for .tar.zst, as AIStore does");
    command->add_option("--port", o->port, "Port of the proxy; 0: any free port")
        ->type_name("PORT")
        ->capture_default_str();
    command->add_option("--targets", o->targets, "Number of targets")
        ->check(CLI::Range(1, 64))
        ->type_name("N")
        ->capture_default_str();
    command
        ->add_option("--target-hosts", o->target_hosts,
                     "Run one target on each of these addresses instead of --targets, as 127.0.0.2,127.0.0.3")
        ->delimiter(',')
        ->allow_extra_args(false)
        ->type_name("HOST,..");
    command
        ->add_option("--proxy-hosts", o->proxy_hosts,
                     "Run one proxy on each of these addresses; the first is the primary")
        ->delimiter(',')
        ->allow_extra_args(false)
        ->type_name("HOST,..");
    command
        ->add_option("--cold", o->cold,
                     "A bucket, as s3:b, whose objects are in a backend, and in the cluster only after a plain GET")
        ->allow_extra_args(false)
        ->type_name("BUCKET");
    command
        ->add_option_function<unsigned>(
            "--cold-latency", [o](unsigned ms) { o->cold_latency = std::chrono::milliseconds(ms); },
            "Extra time of a GET from the backend")
        ->check(CLI::Range(0, 60'000))
        ->type_name("MS")
        ->default_str("0");
    command->add_option("--threads", o->threads, "Number of threads")
        ->check(CLI::Range(1, 64))
        ->type_name("N")
        ->capture_default_str();
    command->add_option("--tls-certificate", o->tls_certificate, "Serve https with this certificate (PEM)")
        ->check(CLI::ExistingFile)
        ->type_name("FILE");
    command->add_option("--tls-key", o->tls_key, "Key of the certificate (PEM)")
        ->check(CLI::ExistingFile)
        ->type_name("FILE");
    command->add_option("--tls-client-ca", o->tls_client_ca, "Require client certificates signed by this CA (PEM)")
        ->check(CLI::ExistingFile)
        ->type_name("FILE");
    // A file, not the token itself: every user of the machine can read a command line.
    command
        ->add_option_function<std::string>(
            "--token",
            [o](std::string const& file) {
                auto token = token_in(file);
                if (!token) throw CLI::ValidationError("--token", token.error().text);
                o->token = std::move(*token);
            },
            "Require the token in this file from requests to the proxy")
        ->type_name("FILE");
    command
        ->add_option_function<unsigned>(
            "--tail", [o](unsigned ms) { o->tail_delay = std::chrono::milliseconds(ms); },
            "Delay the last bytes of each batch; real clusters delay them by 100 ms")
        ->check(CLI::Range(0, 60'000))
        ->type_name("MS")
        ->default_str("0");
    add_times(*command, o);
    command
        ->add_option_function<std::string>(
            "--fault",
            [o](std::string const& text) {
                auto plan = playground::fault_plan::parse(text);
                if (!plan) throw CLI::ValidationError("--fault", plan.error().text);
                o->faults = std::move(*plan);
            },
            "Inject faults: KIND[@AT][/EVERY][xTIMES],... with KIND one of " + playground::fault_names())
        ->type_name("FAULT");
    command->footer(examples);
    return [o] { return run_serve(*o); };
}

}  // namespace aisle::cli
