// The relay as a program, for scripts that put it in front of a cluster: see README.md.
#include "random_plan.hpp"
#include "relay.hpp"

#include <aisle/error.hpp>

#include <CLI/CLI.hpp>

#include <iostream>
#include <sstream>
#include <string>
#include <vector>

namespace {

using namespace aisle;
using namespace aisle::faults;

void say(std::string const& line) {
    std::cout << line << std::endl;
}

std::string in_quotes(std::string_view text) {
    std::string out = "\"";
    for (char const c : text) {
        if (c == '"' || c == '\\') out += '\\';
        out += static_cast<unsigned char>(c) < ' ' ? ' ' : c;
    }
    return out + "\"";
}

std::vector<fault_kind> kinds_of(std::string const& names) {
    std::vector<fault_kind> kinds;
    std::istringstream list(names);
    for (std::string name; std::getline(list, name, ',');) {
        auto const kind = kind_of(name);
        if (!kind)
            throw aisle::exception(error{errc::invalid_argument, stage::usage, "unknown kind of fault: " + name});
        kinds.push_back(*kind);
    }
    return kinds;
}

// Delays the data answers of one node, given by its address.
plan slowed(relay const& r, std::string const& authority, std::chrono::milliseconds wait) {
    return {.on_request = [&r, authority, wait](exchange const& x) {
        fault f;
        if (x.redirected && r.nodes()[x.node] == authority) {
            f.kind = fault_kind::delay;
            f.wait = wait;
        }
        return f;
    }};
}

// Executes one command and returns one line of JSON.
std::string obey(relay& r, std::string const& line) {
    std::istringstream words(line);
    std::string what;
    words >> what;
    if (what == "rules") {
        std::string rules;
        words >> rules;
        r.spoil(rules);
    } else if (what == "random") {
        random_options options;
        long long every_ms = 200;
        std::string names;
        words >> options.seed >> every_ms >> names;
        options.every = std::chrono::milliseconds(every_ms);
        if (!names.empty()) options.kinds = kinds_of(names);
        r.set_plan(random_plan(options));
    } else if (what == "slow") {
        std::string authority;
        long long wait_ms = 0;
        words >> authority >> wait_ms;
        r.set_plan(slowed(r, authority, std::chrono::milliseconds(wait_ms)));
    } else if (what == "clear") {
        r.set_plan({});
    } else if (what == "reset") {
        r.reset_connections();
    } else if (what == "stats") {
        return r.stats().json();
    } else if (what == "nodes") {
        std::string list;
        for (auto const& n : r.nodes()) list += (list.empty() ? "" : ",") + in_quotes(n);
        return "{\"nodes\":[" + list + "]}";
    } else {
        return "{\"error\":" + in_quotes("unknown command: " + what) + "}";
    }
    return "{\"ok\":true}";
}

}  // namespace

int main(int argc, char** argv) {
    CLI::App app{
        "Runs in front of an AIStore cluster and injects faults into its answers, by commands on standard input."};
    relay_options options;
    app.add_option("--upstream", options.upstreams, "A proxy of the cluster, http://HOST:PORT; may be repeated")
        ->required();
    app.add_option("--host", options.host, "Address to listen on")->capture_default_str();
    app.add_option("--port", options.port, "Port for the first upstream; 0: any free one");
    CLI11_PARSE(app, argc, argv);
    try {
        relay r(std::move(options));
        say("{\"endpoint\":" + in_quotes(r.endpoint()) + "}");
        for (std::string line; std::getline(std::cin, line) && line != "quit";) {
            if (line.empty()) continue;
            try {
                say(obey(r, line));
            } catch (aisle::exception const& e) {
                say("{\"error\":" + in_quotes(e.what()) + "}");
            }
        }
        say(r.stats().json());
    } catch (aisle::exception const& e) {
        std::cerr << "fault_relay: " << e.what() << "\n";
        return 1;
    }
    return 0;
}
