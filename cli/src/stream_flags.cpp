#include "stream_flags.hpp"

#include "quantity.hpp"

#include <CLI/CLI.hpp>

#include <map>

namespace aisle::cli {
namespace {

/// AIStore takes more; a batch is one answer's unit of order and of memory, and this is far beyond the useful.
constexpr std::size_t most_entries = 100'000;

}  // namespace

void add_stream_flags(CLI::App& command, engine_options& engine, stream_options& stream, std::size_t& batch_size) {
    command.add_option("--endpoint", engine.endpoint, "A proxy of the cluster, http://HOST[:PORT]")
        ->envname("AIS_ENDPOINT")
        ->capture_default_str();
    command.add_option("--batch", batch_size, "Entries per Get-Batch request")
        ->check(CLI::Range(std::size_t{1}, most_entries))
        ->type_name("N")
        ->capture_default_str();
    command
        .add_option_function<std::string>(
            "--in-flight",
            [&stream](std::string const& text) {
                auto const n = parse_in_flight(text);
                if (!n) throw CLI::ValidationError("--in-flight", "'" + text + "' is neither 1..1024 nor auto");
                stream.in_flight = *n;
            },
            "Requests under way at once; auto finds the number while running")
        ->type_name("N|auto")
        ->default_str("auto");
    command.add_option("--format", stream.format, "Archive format asked of the server")
        ->type_name(".tar")
        ->capture_default_str();
    static std::map<std::string, answer_mode> const modes{{"stream", answer_mode::stream},
                                                          {"multipart", answer_mode::multipart}};
    command
        .add_option_function<std::string>(
            "--mode", [&stream](std::string const& text) { stream.mode = modes.at(text); },
            "stream: samples as the server puts them together; multipart: once the whole batch stands ready there")
        ->check(CLI::IsMember({"stream", "multipart"}))
        ->type_name("MODE")
        ->default_str("stream");
}

}  // namespace aisle::cli
