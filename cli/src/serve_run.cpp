#include "serve_run.hpp"

#include "file_writer.hpp"
#include "interrupt.hpp"
#include "printable.hpp"
#include "quantity.hpp"

#include <algorithm>
#include <string>
#include <vector>

namespace aisle::cli {
namespace {

constexpr std::size_t most_buckets_shown = 8;

// The made-up one first.
std::vector<std::string> bucket_uris(playground::server const& server, playground::server_options const& options) {
    auto uris = server.buckets();
    if (options.made_up) {
        auto const made_up = std::ranges::find(uris, "ais://" + options.made_up->bucket);
        std::rotate(uris.begin(), made_up, made_up + 1);
    }
    return uris;
}

std::string welcome(playground::server const& server, playground::server_options const& options) {
    auto const names = bucket_uris(server, options);
    std::string text = "serving at " + server.endpoint() + "\n\nbuckets:\n";
    for (std::size_t i = 0; i < std::min(names.size(), most_buckets_shown); ++i)
        text += "  " + printable(names[i]) + "\n";
    if (names.size() > most_buckets_shown)
        text += "  and " + format_count(names.size() - most_buckets_shown) + " more\n";
    if (names.empty()) text += "  none yet; PUT creates objects once a bucket is made\n";
    auto const bucket = names.empty() ? std::string("ais://NAME") : printable(names.front());
    auto const object = options.made_up ? playground::synthetic_name(0) : std::string("OBJECT");
    text += "\ntry, in another terminal:\n  export AIS_ENDPOINT=" + server.endpoint() + "\n";
    if (!options.tls_certificate.empty()) text += "  export AIS_CLIENT_CA=CA_FILE\n";
    if (!options.tls_client_ca.empty()) text += "  export AIS_CRT=CERTIFICATE_FILE AIS_CRT_KEY=KEY_FILE\n";
    if (!options.token.empty()) text += "  export AIS_AUTHN_TOKEN_FILE=TOKEN_FILE\n";
    text += "  aisle bench --bucket " + bucket + " --seconds 5\n  aisle get " + bucket + "/" + object +
            " --discard --sha256 --report -\n\nCtrl-C ends it\n";
    return text;
}

}  // namespace

exit_code run_serve(playground::server_options const& options) {
    interrupt signals;
    playground::server server(options);
    server.start();
    file_writer out("-", appearance::at_once);
    out.write(welcome(server, options));
    out.finish();
    signals.wait();
    server.stop();
    return exit_code::success;
}

}  // namespace aisle::cli
