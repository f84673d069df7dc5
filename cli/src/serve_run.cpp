#include "serve_run.hpp"

#include "file_writer.hpp"
#include "interrupt.hpp"
#include "printable.hpp"
#include "quantity.hpp"

#include <algorithm>
#include <filesystem>
#include <vector>

namespace aisle::cli {
namespace {

constexpr std::size_t most_buckets_shown = 8;

std::vector<std::string> bucket_names(playground::server_options const& options) {
    std::vector<std::string> names;
    std::error_code code;
    if (!options.root.empty())
        for (auto const& entry : std::filesystem::directory_iterator(options.root, code))
            if (entry.is_directory(code)) names.push_back(entry.path().filename().string());
    std::ranges::sort(names);
    if (options.made_up) names.insert(names.begin(), options.made_up->bucket);
    return names;
}

std::string welcome(playground::server const& server, playground::server_options const& options) {
    auto const names = bucket_names(options);
    std::string text = "serving at " + server.endpoint() + "\n\nbuckets:\n";
    for (std::size_t i = 0; i < std::min(names.size(), most_buckets_shown); ++i)
        text += "  ais://" + printable(names[i]) + "\n";
    if (names.size() > most_buckets_shown)
        text += "  and " + format_count(names.size() - most_buckets_shown) + " more\n";
    if (names.empty()) text += "  none yet; PUT creates objects once a bucket is made\n";
    auto const bucket = "ais://" + (names.empty() ? std::string("NAME") : printable(names.front()));
    auto const object = options.made_up ? playground::synthetic_name(0) : std::string("OBJECT");
    text += "\ntry, in another terminal:\n  export AIS_ENDPOINT=" + server.endpoint() + "\n  aisle bench --bucket " +
            bucket + " --seconds 5\n  aisle get " + bucket + "/" + object +
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
