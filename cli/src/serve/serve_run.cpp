#include "serve_run.hpp"

#include "../output/file_writer.hpp"
#include "../process/interrupt.hpp"
#include "../text/printable.hpp"
#include "../text/quantity.hpp"
#include "../usage_error.hpp"

#include <boost/asio/error.hpp>

#include <algorithm>
#include <cstdlib>
#include <string>
#include <vector>

namespace aisle::cli {
namespace {

constexpr std::size_t most_buckets_shown = 8;

// error::message() is made for clients: it names the stage of a request.
void start(playground::server& server) try { server.start(); } catch (aisle::exception const& e) {
    auto const& why = e.why();
    bool const in_use = why.code == boost::asio::error::address_in_use;
    throw run_error(printable(why.text) + ": " + why.code.message() +
                    (in_use ? "; choose another port with --port, or 0 for any free port" : ""));
}

// The synthetic bucket comes first.
std::vector<std::string> bucket_uris(playground::server const& server, playground::server_options const& options) {
    auto uris = server.buckets();
    if (options.made_up) {
        auto const synthetic = std::ranges::find(uris, "ais://" + options.made_up->bucket);
        std::rotate(uris.begin(), synthetic, synthetic + 1);
    }
    return uris;
}

// Python's package starts the command as `python -m aisle`, and puts no `aisle` on PATH.
std::string command_name() {
    char const* const given = std::getenv("AISLE_CALLED_AS");
    return given && *given ? printable(given) : "aisle";
}

std::string welcome(playground::server const& server, playground::server_options const& options) {
    auto const names = bucket_uris(server, options);
    std::string text = "serving at " + server.endpoint() + "\n\nbuckets:\n";
    for (std::size_t i = 0; i < std::min(names.size(), most_buckets_shown); ++i)
        text += "  " + printable(names[i]) + "\n";
    if (names.size() > most_buckets_shown)
        text += "  and " + format_count(names.size() - most_buckets_shown) + " more\n";
    if (names.empty()) text += "  none; a client can create some\n";
    auto const bucket = names.empty() ? std::string("ais://NAME") : printable(names.front());
    auto const object = options.made_up ? playground::synthetic_name(0) : std::string("OBJECT");
    text += "\ntry in another terminal:\n  export AIS_ENDPOINT=" + server.endpoint() + "\n";
    if (!options.tls_certificate.empty()) text += "  export AIS_CLIENT_CA=CA_FILE\n";
    if (!options.tls_client_ca.empty()) text += "  export AIS_CRT=CERTIFICATE_FILE AIS_CRT_KEY=KEY_FILE\n";
    if (!options.token.empty()) text += "  export AIS_AUTHN_TOKEN_FILE=TOKEN_FILE\n";
    auto const command = "  " + command_name();
    text += command + " bench --bucket " + bucket + " --seconds 5\n" + command + " get " + bucket + "/" + object +
            " --discard --sha256 --report -\n\npress Ctrl-C to stop\n";
    return text;
}

}  // namespace

exit_code run_serve(playground::server_options const& options) {
    interrupt signals;
    playground::server server(options);
    start(server);
    file_writer out("-", publish::immediately);
    out.write(welcome(server, options));
    out.finish();
    signals.wait();
    server.stop();
    return exit_code::success;
}

}  // namespace aisle::cli
