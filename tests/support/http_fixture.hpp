#pragma once

#include <catch2/catch.hpp>

#include <cstdlib>
#include <fstream>
#include <iterator>
#include <string>
#include <string_view>
#include <vector>

namespace aisle::test {

/// A captured answer (tests/data/NN_*.http), taken apart by the simplest means: these files are known to be sound.
struct http_fixture {
    int status = 0;
    std::string content_type;
    std::string body;  ///< without chunk framing
};

inline std::string file_text(std::string const& path) {
    std::ifstream in(path, std::ios::binary);
    INFO(path);
    REQUIRE(in);
    return {std::istreambuf_iterator<char>(in), {}};
}

inline std::string dechunked(std::string_view wire) {
    std::string body;
    for (;;) {
        auto const line = wire.find("\r\n");
        auto const size = std::strtoull(std::string(wire.substr(0, line)).c_str(), nullptr, 16);
        wire.remove_prefix(line + 2);
        if (size == 0) return body;
        body.append(wire.substr(0, size));
        wire.remove_prefix(size + 2);
    }
}

/// name: of the file, without folder.
inline http_fixture load_fixture(std::string const& name) {
    auto const wire = file_text(AISLE_TEST_DATA "/" + name);
    auto const head_end = wire.find("\r\n\r\n");
    auto const head = wire.substr(0, head_end + 2);
    auto const value_of = [&](std::string_view field) {
        auto const at = head.find("\r\n" + std::string(field) + ": ");
        if (at == std::string::npos) return std::string();
        auto const begin = at + 2 + field.size() + 2;
        return head.substr(begin, head.find("\r\n", begin) - begin);
    };
    http_fixture out;
    out.status = std::atoi(head.c_str() + head.find(' '));
    out.content_type = value_of("Content-Type");
    out.body = wire.substr(head_end + 4);
    if (value_of("Transfer-Encoding") == "chunked") out.body = dechunked(out.body);
    return out;
}

/// What the table in tests/data/README.md says a fixture's archive holds.
struct fixture_member {
    std::string name;            ///< or its start, when name_chars is set
    std::size_t name_chars = 0;  ///< 0: as long as name
    std::size_t size = 0;
    std::string crc32;

    bool matches(std::string_view other) const {
        if (name_chars == 0) return other == name;
        return other.size() == name_chars && other.starts_with(name);
    }
};

/// The row of the table that describes the file.
inline std::vector<std::string> fixture_row(std::string const& file) {
    auto const table = file_text(AISLE_TEST_DATA "/README.md");
    auto at = table.find("| " + file + " |");
    REQUIRE(at != std::string::npos);
    auto row = table.substr(at + 2, table.find('\n', at) - at - 2);
    std::vector<std::string> cells;
    for (std::size_t bar; (bar = row.find(" | ")) != std::string::npos; row.erase(0, bar + 3))
        cells.push_back(row.substr(0, bar));
    cells.push_back(row);
    return cells;
}

/// Members come as "`NAME` SIZE CRC32", long names as "`nnnnn..(108 chars)`".
inline std::vector<fixture_member> expected_members(std::string const& file) {
    auto const cells = fixture_row(file);
    REQUIRE(cells.size() > 4);
    std::string_view rest = cells[4];
    std::vector<fixture_member> out;
    for (std::size_t tick; (tick = rest.find('`')) != std::string_view::npos;) {
        rest.remove_prefix(tick + 1);
        auto const close = rest.find('`');
        fixture_member m;
        m.name = rest.substr(0, close);
        if (auto const dots = m.name.find("..("); dots != std::string::npos) {
            m.name_chars = std::strtoul(m.name.c_str() + dots + 3, nullptr, 10);
            m.name.resize(dots);
        }
        rest.remove_prefix(close + 1);
        char* end = nullptr;
        std::string const numbers(rest.substr(0, rest.find(';')));
        m.size = std::strtoul(numbers.c_str(), &end, 10);
        m.crc32 = std::string(end + 1).substr(0, 8);
        out.push_back(std::move(m));
    }
    return out;
}

}  // namespace aisle::test
