#include "manual/help_formatter.hpp"

#include "command_line.hpp"
#include "manual/command_definition.hpp"

#include <catch2/catch.hpp>

#include <algorithm>

using namespace aisle::cli;

TEST_CASE("text is broken between words") {
    CHECK(wrapped("one two three", 7) == "one two\nthree");
    CHECK(wrapped("one two three", 13) == "one two three");
    CHECK(wrapped("one", 1) == "one");
    CHECK(wrapped("a longword b", 4) == "a\nlongword\nb");
    CHECK(wrapped("", 10).empty());
}

TEST_CASE("definitions have names, values, choices and defaults, without CLI11's ranges") {
    command_line line("1.2.3");
    auto const commands = definitions_of(line.definitions());
    REQUIRE(commands.size() > 8);
    CHECK(commands[0].name.empty());
    auto const get = std::ranges::find(commands, "get", &command_definition::name);
    REQUIRE(get != commands.end());
    auto const option = [&](std::string const& name) {
        auto const at = std::ranges::find_if(get->options, [&](option_definition const& o) {
            return std::ranges::find(o.names, name) != o.names.end();
        });
        REQUIRE(at != get->options.end());
        return *at;
    };
    CHECK(option("--mode").value == "stream|multipart");
    CHECK(option("--mode").choices == std::vector<std::string>{"stream", "multipart"});
    CHECK(option("--mode").kind == value_kind::choice);
    CHECK(option("--mode").default_text == "stream");
    CHECK(option("--cold-gets").value == "N");
    CHECK(option("--cold-gets").kind == value_kind::text);
    CHECK(option("--ca").value == "FILE");
    CHECK(option("--ca").kind == value_kind::file);
    CHECK(option("--out").kind == value_kind::folder);
    CHECK(option("--report").kind == value_kind::file);
    CHECK(option("--strict").kind == value_kind::none);
    CHECK(option("--bucket").kind == value_kind::text);
    CHECK(option("--endpoint").variable == "AIS_ENDPOINT");
    CHECK(option("--help").names == std::vector<std::string>{"-h", "--help"});
    CHECK(option("entry").positional);
    CHECK(option("entry").repeated);
}

TEST_CASE("every option and command has a description that starts with a capital and has no period at the end") {
    command_line line("1.2.3");
    for (auto const& command : definitions_of(line.definitions())) {
        INFO(command.name);
        CHECK_FALSE(command.description.empty());
        for (auto const& o : command.options) {
            INFO(o.names.front());
            REQUIRE_FALSE(o.description.empty());
            CHECK_FALSE(o.description.ends_with('.'));
        }
    }
}
