#include "stream_flags.hpp"

#include "engine_flags.hpp"
#include "healing_flags.hpp"
#include "quantity.hpp"

#include <aisle/codec/archive_format.hpp>

#include <CLI/CLI.hpp>

#include <string>

namespace aisle::cli {
namespace {

// By the one name that AIStore is asked with.
std::string read_format(std::string const& text) {
    auto const format = codec::archive_format_named(text);
    if (!format) throw CLI::ValidationError("--format", "'" + text + "' is none of " + codec::archive_format_names());
    return std::string(codec::request_mime_of(*format));
}

fetch_form read_form(std::string const& text) {
    if (text == "objects") return fetch_form::objects;
    return text == "auto" ? fetch_form::fastest : fetch_form::batch;
}

}  // namespace

void add_stream_flags(CLI::App& command, engine_options& engine, stream_options& stream) {
    add_engine_flags(command, engine);
    add_healing_flags(command, stream);
    add_deadline_flag(command, stream);
    command
        .add_option_function<std::string>(
            "--in-flight",
            [&stream](std::string const& text) {
                auto const n = parse_count_or_auto(text, 1024);
                if (!n) throw CLI::ValidationError("--in-flight", "'" + text + "' is neither 1..1024 nor auto");
                stream.in_flight = *n;
            },
            "Requests under way at once; auto finds the number while running")
        ->type_name("N|auto")
        ->default_str("auto");
    command.add_option("--max-in-flight", stream.max_in_flight, "Most that --in-flight auto comes to")
        ->check(CLI::Range(1u, 1024u))
        ->type_name("N")
        ->default_str("256");
    command
        .add_option_function<std::string>(
            "--form", [&stream](std::string const& text) { stream.form = read_form(text); },
            "How entries are requested: batch, one Get-Batch request for all; objects, a GET each; auto, as is faster")
        ->check(CLI::IsMember({"batch", "objects", "auto"}))
        ->type_name("FORM")
        ->default_str("batch");
    command
        .add_option_function<std::string>(
            "--format", [&stream](std::string const& text) { stream.output_format = read_format(text); },
            "Archive format asked of the server: .tar, .tgz, .zip, .tar.lz4, .tar.zst (AIStore has no .tar.zst and "
            "sends "
            ".tar)")
        ->type_name(".EXT")
        ->default_str(".tar");
    command
        .add_option_function<std::string>(
            "--mode", [&stream](std::string const& text) { stream.streaming_get = text == "stream"; },
            "stream: samples as the server puts them together; multipart: once the whole batch stands ready there")
        ->check(CLI::IsMember({"stream", "multipart"}))
        ->type_name("MODE")
        ->default_str("stream");
    command.add_flag("--only-obj-name", stream.only_obj_name, "Have members named without their bucket on the wire");
    command.add_flag_callback(
        "--no-cont-on-err", [&stream] { stream.cont_on_err = false; },
        "Let an entry that the server does not have end its batch: it and the entries after it fail");
    command
        .add_option_function<int>(
            "--coloc", [&stream](int level) { stream.colocation = static_cast<colocation_hint>(level); },
            "How a batch's objects lie in the cluster: 0 spread, 1 most on few targets, 2 and members in few shards")
        ->check(CLI::Range(0, 2))
        ->type_name("0|1|2")
        ->default_str("0");
    command.add_flag("--decompress", stream.decompress, "Decompress samples named *.gz and *.zst");
}

}  // namespace aisle::cli
