// Members of shards of every kind, made by independent tools, read with Get-Batch and plain GET.

#include "../archives.hpp"
#include "support/http_fixture.hpp"
#include "support/shell.hpp"

#include <catch2/catch.hpp>

#include <random>

using namespace aisle;
using namespace aisle::test;

namespace {

std::string noise(std::size_t size) {
    std::mt19937 random(11);
    std::string text(size, '\0');
    for (auto& c : text) c = static_cast<char>(random());
    return text;
}

std::string counted(std::size_t size) {
    std::string text;
    for (int i = 0; text.size() < size; ++i) text += std::to_string(i) + " ";
    return text.substr(0, size);
}

// A folder of files, and shards made of it.
struct shards {
    shards() {
        std::filesystem::create_directories(home.path() / "tree/d");
        for (auto const& [name, data] : members) home.write("tree/" + name, data);
        run("tar -cf ../plain.tar *");
        run("tar -cf - * | gzip > ../one.tgz");
        // Several gzip members, and a name without extension.
        run("{ tar -cf - * | head -c 100000 | gzip; tar -cf - * | tail -c +100001 | gzip -1; } > ../no-extension");
        run("tar -cf - * | lz4 -q > ../one.tar.lz4");
        run("tar -cf - * | lz4 -q -B4 -BD --content-size > ../other.tar.lz4");
        add("plain.tar");
        add("one.tgz");
        add("no-extension");
        add("one.tar.lz4");
        add("other.tar.lz4");
        python("deflated.zip", "z = zipfile.ZipFile(sys.argv[1], 'w', zipfile.ZIP_DEFLATED)\nfill(z)");
        python("stored.zip", "z = zipfile.ZipFile(sys.argv[1], 'w')\nfill(z)");
        python("streamed.zip",
               "class pipe:\n"
               "    def __init__(self, f): self.f = f\n"
               "    def write(self, b): return self.f.write(b)\n"
               "    def flush(self): pass\n"
               "z = zipfile.ZipFile(pipe(open(sys.argv[1], 'wb')), 'w', zipfile.ZIP_DEFLATED)\nfill(z)");
        python("wide.zip",
               "z = zipfile.ZipFile(sys.argv[1], 'w', zipfile.ZIP_DEFLATED)\n"
               "for n in names:\n"
               "    with z.open(n, 'w', force_zip64=True) as f: f.write(open(n, 'rb').read())\n"
               "z.comment = b'PK\\5\\6 in a comment'\nz.close()");
        if (has_program("zip")) {
            run("zip -qr ../info.zip *");
            add("info.zip");
            run("{ echo some other bytes; cat ../info.zip; } > ../prefixed.zip");
            add("prefixed.zip");
        }
        if (has_program("7z")) {
            run("7z a -tzip -mx=9 ../seven.zip * > ../words");
            add("seven.zip");
        }
    }

    void run(std::string const& command) const { must("cd " + (home.path() / "tree").string() + " && " + command); }
    void add(std::string const& name) { all.push_back({name, file_text((home.path() / name).string())}); }
    void python(std::string const& name, std::string const& code) {
        home.write("make.py",
                   "import os, sys, zipfile\n"
                   "names = sorted(os.path.relpath(os.path.join(d, f)) for d, _, fs in os.walk('.') for f in fs)\n"
                   "def fill(z):\n"
                   "    for n in names: z.write(n)\n"
                   "    z.close()\n" +
                       code + "\n");
        run(AISLE_PYTHON " ../make.py ../" + name);
        add(name);
    }
    std::string const& bytes(std::string const& name) const {
        for (auto const& shard : all)
            if (shard.name == name) return shard.data;
        throw std::logic_error("no such shard");
    }

    temporary_folder home;
    std::vector<raw_member> members{{"a.txt", "AAAA"},
                                    {"d/b.bin", counted(70'000)},
                                    {"empty", ""},
                                    {"noise", noise(300'000)},
                                    {"ünï x", counted(5000)}};
    std::vector<raw_member> all;
};

shards const& all_shards() {
    static shards const one;
    return one;
}

std::string batch_of(std::string const& entries, bool streaming = true, std::string_view mime = ".tar") {
    return R"({"in":[)" + entries + R"(],"coer":true,"mime":")" + std::string(mime) + R"(","strm":)" +
           (streaming ? "true}" : "false}");
}

std::string entry(std::string const& object, std::string const& archpath, std::string const& more = "") {
    return R"({"objname":")" + object + R"(","archpath":")" + archpath + "\"" + more + "}";
}

struct served : cluster_under_test {
    served() { create("b"); }
    // Under two names: one is owned by target 0, the other by target 1.
    void keep(std::string const& name, std::string const& bytes) {
        put("b", "l-" + name, bytes);
        put("b", "r-" + name, bytes);
    }
};

}  // namespace

TEST_CASE("members of each kind of shard are sent whole and as ranges, by the responding target and by others") {
    served home;
    auto const& made = all_shards();
    for (auto const& shard : made.all) {
        home.keep(shard.name, shard.data);
        for (std::string const prefix : {"l-", "r-"}) {
            auto const object = prefix + shard.name;
            INFO(object);
            std::string entries;
            std::vector<raw_member> expected;
            auto const ask_for = [&](std::string const& archpath, std::string const& range, std::string const& data) {
                entries += (entries.empty() ? "" : ",") + entry(object, archpath, range);
                expected.push_back({"b/" + object + "/" + archpath, data});
            };
            for (auto const& [name, data] : made.members) ask_for(name, "", data);
            for (auto const& [name, data] : made.members) {
                if (data.size() < 4) continue;
                ask_for(name, R"(,"start":1,"length":3)", data.substr(1, 3));
                ask_for(name, R"(,"start":3,"length":-1)", data.substr(3));
            }
            for (auto const* missing : {"d", "nope", "a.tx"}) {
                entries += "," + entry(object, missing);
                expected.push_back({"__404__/b/" + object + "/" + missing, ""});
            }
            CHECK((members_of(home.batch_by(0, "b", batch_of(entries)).body) == expected));
            CHECK((members_of(archive_of(home.batch_by(0, "b", batch_of(entries, false)))) == expected));
        }
    }
}

TEST_CASE("a plain GET reads the same members") {
    served home;
    auto const& made = all_shards();
    for (auto const& shard : made.all) {
        INFO(shard.name);
        home.put("b", shard.name, shard.data);
        for (auto const& [name, data] : made.members) {
            auto const at = home.url("/v1/objects/b/" + shard.name + "?provider=ais&archpath=") +
                            (name == "ünï x" ? "%C3%BCn%C3%AF%20x" : name);
            auto const answer = ask(ask(at).location());
            CHECK(answer.status == 200);
            CHECK((answer.body == data));
        }
    }
}

TEST_CASE("an unreadable archive is an error if local, and missing if forwarded") {
    served home;
    home.keep("text.zip", "this is no archive");
    home.keep("text.tgz", "this is no archive either");
    home.keep("text.tar.lz4", "nor this");
    home.keep("text", "an object without an extension");
    if (has_program("zstd")) {
        all_shards().run("tar -cf - * | zstd -q > ../z.tar.zst");
        home.keep("z.tar.zst", file_text((all_shards().home.path() / "z.tar.zst").string()));
    } else {
        home.keep("z.tar.zst", "\x28\xb5\x2f\xfd");
    }
    home.keep("s.tar", all_shards().bytes("plain.tar"));
    for (std::string const name : {"text.zip", "text.tgz", "text.tar.lz4", "text", "z.tar.zst"}) {
        INFO(name);
        auto const local = entry("r-s.tar", "a.txt") + "," + entry("l-" + name, "a.txt");
        CHECK(names_of(home.batch_by(0, "b", batch_of(local)).body) == "b/r-s.tar/a.txt");
        CHECK(home.batch_by(0, "b", batch_of(local, false)).status == 400);
        auto const forwarded = entry("r-" + name, "a.txt") + "," + entry("l-s.tar", "a.txt");
        CHECK(names_of(home.batch_by(0, "b", batch_of(forwarded)).body) ==
              "__404__/b/r-" + name + "/a.txt b/l-s.tar/a.txt");
    }
}

TEST_CASE("a shard damaged inside a member ends the archive there, and if forwarded the job") {
    served home;
    auto const& made = all_shards();
    auto const half = [&](std::string const& name) { return made.bytes(name).substr(0, made.bytes(name).size() / 2); };
    // The random bytes come after all other members but one, and are most of the shard.
    home.keep("cut.tar", half("plain.tar"));
    home.keep("cut.tgz", half("one.tgz"));
    home.keep("cut.tar.lz4", half("other.tar.lz4"));
    // Random bytes cannot be compressed: only the checksum detects a change in them.
    auto deflated = made.bytes("deflated.zip");
    deflated[deflated.find("noise") + 100'000] ^= 1;
    home.keep("deflated.zip", deflated);
    auto stored = made.bytes("stored.zip");
    stored[stored.find("noise") + 100'000] ^= 1;
    home.keep("flipped.zip", stored);
    home.put("b", "s", "x");
    for (std::string const name : {"cut.tar", "cut.tgz", "cut.tar.lz4", "deflated.zip", "flipped.zip"}) {
        INFO(name);
        auto const entries = [&](std::string const& object) {
            return R"({"objname":"s"},)" + entry(object, "a.txt") + "," + entry(object, "noise") +
                   R"(,{"objname":"s"})";
        };
        for (auto const& format : wire_formats()) {
            INFO(format.mime);
            auto const answer = home.batch_by(0, "b", batch_of(entries("l-" + name), true, format.mime));
            CHECK(answer.status == 200);
            CHECK(answer.whole);
            auto const members = members_of(format, answer.body);
            // Valid for its own tool: the compression around a tar, and a whole zip (AIStore behaviour).
            CHECK(is_sound(format, answer.body) == (format.mime != ".tar"));
            REQUIRE(members.size() >= 3);
            CHECK(members[1] == raw_member{"b/l-" + name + "/a.txt", "AAAA"});
            CHECK(members[2].name == "b/l-" + name + "/noise");
            auto const& noise = made.members[3].data;
            if (name.ends_with(".zip")) {
                CHECK(members[2].data.size() == noise.size());
            } else {
                CHECK(members[2].data.size() < noise.size());
            }
            if (format.mime != ".zip") CHECK(members.back().name.starts_with("error: "));
            if (format.mime == ".zip") CHECK(members.size() == 3);
        }
        CHECK(home.batch_by(0, "b", batch_of(entries("l-" + name), false)).status == 400);

        auto const forwarded = home.batch_by(0, "b", batch_of(entries("r-" + name)));
        CHECK(forwarded.whole);
        CHECK(names_of(forwarded.body) == "b/s b/r-" + name + "/a.txt");
        auto const in_parts = home.batch_by(0, "b", batch_of(entries("r-" + name), false));
        CHECK(in_parts.status == 200);
        auto const parts = parts_of(in_parts);
        CHECK(names_of(parts.archive) == "b/s b/r-" + name + "/a.txt");
        CHECK(parts.metadata.find("noise") == std::string::npos);
        CHECK(parts.metadata.find("a.txt") != std::string::npos);
    }
}

TEST_CASE("a damaged zip member ends where the damage is") {
    served home;
    auto bytes = all_shards().bytes("deflated.zip");
    bytes.replace(bytes.find("d/b.bin") + 5000, 100, 100, '\xff');
    home.keep("damaged.zip", bytes);
    auto const members = members_of(home.batch_by(0, "b", batch_of(entry("l-damaged.zip", "d/b.bin"))).body);
    REQUIRE(members.size() == 2);
    CHECK(members[0].data.size() < 70'000);
    CHECK((all_shards().members[1].data.substr(0, 1000) == members[0].data.substr(0, 1000)));
    CHECK(members[1].name.starts_with("error: "));
}

TEST_CASE("the checksum of a zip member is not checked for a range that ends before its end") {
    served home;
    auto stored = all_shards().bytes("stored.zip");
    stored[stored.find("noise") + 100'000] ^= 1;
    home.keep("flipped.zip", stored);
    auto const entries =
        entry("l-flipped.zip", "noise", R"(,"start":0,"length":5)") + "," + entry("l-flipped.zip", "a.txt");
    CHECK(names_of(home.batch_by(0, "b", batch_of(entries)).body) == "b/l-flipped.zip/noise b/l-flipped.zip/a.txt");
}
