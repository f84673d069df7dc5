#include "stream_flags.hpp"

#include "../text/quantity.hpp"
#include "engine_flags.hpp"
#include "retry_flags.hpp"

#include <aisle/codec/archive_format.hpp>

#include <CLI/CLI.hpp>

#include <string>

namespace aisle::cli {
namespace {

// AIStore has several names for a format: this is the one that is sent.
std::string read_format(std::string const& text) {
    auto const format = codec::archive_format_named(text);
    if (!format)
        throw CLI::ValidationError(
            "--format", "'" + text + "' is not an archive format: choose one of " + codec::archive_format_names());
    return std::string(codec::request_mime_of(*format));
}

fetch_form read_form(std::string const& text) {
    if (text == "objects") return fetch_form::objects;
    return text == "auto" ? fetch_form::fastest : fetch_form::batch;
}

}  // namespace

void add_stream_flags(CLI::App& command, engine_options& engine, stream_options& stream) {
    add_engine_flags(command, engine);
    add_recovery_flags(command, stream);
    add_deadline_flag(command, stream);
    command
        .add_option_function<std::string>(
            "--in-flight",
            [&stream](std::string const& text) {
                auto const n = parse_count_or_auto(text, 1024);
                if (!n)
                    throw CLI::ValidationError("--in-flight",
                                               "'" + text + "' is neither a number from 1 to 1024 nor auto");
                stream.in_flight = *n;
            },
            "Batches in flight; auto adjusts the number during the run")
        ->type_name("N|auto")
        ->default_str("auto");
    command.add_option("--max-in-flight", stream.max_in_flight, "Upper limit for --in-flight auto")
        ->check(CLI::Range(1u, 1024u))
        ->type_name("N")
        ->default_str("256");
    command
        .add_option_function<std::string>(
            "--form", [&stream](std::string const& text) { stream.form = read_form(text); },
            "batch: Get-Batch requests; objects: one GET per entry; auto: whichever is faster")
        ->check(CLI::IsMember({"batch", "objects", "auto"}))
        ->type_name("batch|objects|auto")
        ->default_str("batch");
    command
        .add_option_function<std::string>(
            "--format", [&stream](std::string const& text) { stream.output_format = read_format(text); },
            "Archive format to request: .tar, .tgz, .zip, .tar.lz4 or .tar.zst (AIStore has no .tar.zst and sends "
            ".tar)")
        ->type_name(".EXT")
        ->default_str(".tar");
    command
        .add_option_function<std::string>(
            "--mode", [&stream](std::string const& text) { stream.streaming_get = text == "stream"; },
            "stream: the server sends samples as it reads them; multipart: it assembles the whole batch first")
        ->check(CLI::IsMember({"stream", "multipart"}))
        ->type_name("stream|multipart")
        ->default_str("stream");
    command.add_flag("--only-obj-name", stream.only_obj_name,
                     "Request archive members without the bucket in their names");
    command.add_flag_callback(
        "--no-cont-on-err", [&stream] { stream.cont_on_err = false; },
        "A missing entry ends its batch: it and the entries after it fail");
    command
        .add_option_function<int>(
            "--coloc", [&stream](int level) { stream.colocation = static_cast<colocation_hint>(level); },
            "Placement hint: 0 objects are spread, 1 most are on few targets, 2 also members are in few shards")
        ->check(CLI::Range(0, 2))
        ->type_name("0|1|2")
        ->default_str("0");
    command.add_flag("--decompress", stream.decompress, "Decompress samples named *.gz and *.zst");
}

}  // namespace aisle::cli
