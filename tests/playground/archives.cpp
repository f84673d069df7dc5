#include "archives.hpp"

#include "support/shell.hpp"

#include <catch2/catch.hpp>

#include <cstdlib>

namespace aisle::test {
namespace {

// Each member as "NAME-BYTES DATA-BYTES\n" and both; then "error: ..." if there was one.
constexpr auto zip_reader = R"(import sys, zipfile
out = sys.stdout.buffer
try:
    archive = zipfile.ZipFile(sys.argv[1])
    for m in archive.infolist():
        name = m.filename.encode()
        data = archive.read(m)
        out.write(b'%d %d\n' % (len(name), len(data)) + name + data)
except Exception as e:
    text = ('error: ' + repr(e)).encode()
    out.write(b'%d 0\n' % len(text) + text)
)";

std::vector<raw_member> members_of_zip(std::string const& path, temporary_folder const& home) {
    home.write("reader.py", zip_reader);
    auto const listed = must(AISLE_PYTHON " " + (home.path() / "reader.py").string() + " " + path);
    std::vector<raw_member> members;
    for (std::string_view rest = listed; !rest.empty();) {
        char* end = nullptr;
        auto const name = std::strtoull(rest.data(), &end, 10);
        auto const data = std::strtoull(end, &end, 10);
        rest.remove_prefix(static_cast<std::size_t>(end + 1 - rest.data()));
        members.push_back({std::string(rest.substr(0, name)), std::string(rest.substr(name, data))});
        rest.remove_prefix(name + data);
    }
    return members;
}

}  // namespace

std::vector<wire_format> const& wire_formats() {
    static std::vector<wire_format> const all{{".tar", "application/x-tar", "cat", "tar -tf"},
                                              {".tgz", "application/gzip", "gzip -dc", "gzip -t <"},
                                              {".tar.lz4", "application/x-lz4", "lz4 -dcq", "lz4 -tq <"},
                                              {".zip", "application/zip", "", "unzip -tqq"},
                                              {".tar.zst", "application/zstd", "zstd -dcq", "zstd -tq <"}};
    return all;
}

wire_format const& wire_format_of(std::string_view mime) {
    for (auto const& format : wire_formats())
        if (format.mime == mime) return format;
    throw std::logic_error("no such format");
}

std::vector<raw_member> members_of(wire_format const& format, std::string_view archive) {
    temporary_folder const home;
    home.write("archive", archive);
    auto const path = (home.path() / "archive").string();
    if (format.unpack.empty()) return members_of_zip(path, home);
    auto const error = (home.path() / "error").string();
    // What could be unpacked is read even if the rest could not.
    auto const tar =
        must("{ " + std::string(format.unpack) + " < " + path + " || echo failed > " + error + "; } 2>/dev/null");
    auto members = members_of(tar);
    auto const told = !members.empty() && members.back().name.starts_with("error: ");
    if (std::filesystem::exists(error) && !told) members.push_back({"error: it cannot be unpacked", {}});
    return members;
}

bool is_sound(wire_format const& format, std::string_view archive) {
    temporary_folder const home;
    home.write("archive", archive);
    auto const command = std::string(format.test) + " " + (home.path() / "archive").string() + " >/dev/null 2>&1";
    return std::system(command.c_str()) == 0;
}

answer_parts parts_of(raw_answer const& answer) {
    auto const type = answer.field("Content-Type");
    REQUIRE(type.starts_with("multipart/mixed; boundary="));
    auto const boundary = type.substr(type.find("boundary=") + 9);
    CHECK(boundary.size() == 60);
    auto const json = answer.body.find("\r\n\r\n") + 4;
    auto const json_end = answer.body.find("\r\n--" + boundary);
    auto const archive = answer.body.find("\r\n\r\n", json_end) + 4;
    auto const end = "\r\n--" + boundary + "--\r\n";
    REQUIRE(answer.body.ends_with(end));
    return {answer.body.substr(json, json_end - json),
            answer.body.substr(archive, answer.body.size() - end.size() - archive)};
}

std::string archive_of(raw_answer const& answer) {
    return answer.field("Content-Type").starts_with("multipart/") ? parts_of(answer).archive : answer.body;
}

}  // namespace aisle::test
