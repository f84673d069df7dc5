#include "commands.hpp"
#include "standard_descriptors.hpp"
#include "usage_error.hpp"

#include <aisle/error.hpp>

#include <CLI/CLI.hpp>

#include <csignal>
#include <cstdio>
#include <exception>
#include <string>

namespace {

using namespace aisle::cli;

int leave(exit_code code) {
    return static_cast<int>(code);
}

int complain(exit_code code, std::string const& what) {
    std::fputs(("aisle: " + what + "\n").c_str(), stderr);
    return leave(code);
}

/// Of what the engine refuses, the part that better words on the command line would mend.
bool is_usage(aisle::error const& e) {
    using aisle::errc;
    return e.code == errc::invalid_argument || e.code == errc::invalid_endpoint || e.code == errc::unsupported ||
           e.code == errc::invalid_entry;
}

int run(int argc, char** argv) {
    CLI::App app{"Fetches samples from AIStore in batches (Get-Batch), in order, as fast as they come.", "aisle"};
    app.set_version_flag("--version", "aisle " AISLE_VERSION);
    app.require_subcommand(1);
    app.footer(
        "aisle COMMAND --help tells more, with examples. AIS_ENDPOINT names the cluster; without it and\n"
        "without --endpoint it is http://localhost:8080.");
    auto const get = add_get(app);
    auto const ls = add_ls(app);
    auto const put = add_put(app);
    auto const bench = add_bench(app);
    auto const stress = add_stress(app);
    auto const serve = add_serve(app);
    try {
        app.parse(argc, argv);
    } catch (CLI::ParseError const& e) {
        return app.exit(e) == 0 ? leave(exit_code::success) : leave(exit_code::usage);
    }
    if (app.got_subcommand("get")) return leave(get());
    if (app.got_subcommand("ls")) return leave(ls());
    if (app.got_subcommand("put")) return leave(put());
    if (app.got_subcommand("bench")) return leave(bench());
    if (app.got_subcommand("stress")) return leave(stress());
    return leave(serve());
}

}  // namespace

int main(int argc, char** argv) {
    if (!open_standard_descriptors()) return leave(exit_code::failure);
    // A closed pipe, or a file that may not grow, is an error of the write that met it, with a message and an exit
    // code, not a sudden death.
    std::signal(SIGPIPE, SIG_IGN);
    std::signal(SIGXFSZ, SIG_IGN);
    try {
        return run(argc, argv);
    } catch (usage_error const& e) {
        return complain(exit_code::usage, e.what());
    } catch (aisle::exception const& e) {
        return complain(is_usage(e.why()) ? exit_code::usage : exit_code::failure, e.what());
    } catch (std::exception const& e) {
        return complain(exit_code::failure, e.what());
    }
}
