// The cost of reading archives whose bytes are in memory: tar_reader and zip_reader over archives as an AIStore target
// sends them (zip: stored, CRC and sizes after the payload), compared with one plain pass of CRC-32 and memchr over the
// same bytes, the minimum for finding the end of such a zip member.
//
// The archive is in memory once and is fed in pieces, over and over; only the readers read payloads. CPU time of this
// process, medians. Options are name=value:
//   bench_archive_read piece=65536 megabytes=4 seconds=0.3 runs=5

#include "named_values.hpp"

#include <aisle/codec/checksum/checksum.hpp>
#include <aisle/codec/tar/tar_reader.hpp>
#include <aisle/codec/tar/tar_writer.hpp>
#include <aisle/codec/zip/zip_reader.hpp>

#include <algorithm>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <ctime>
#include <random>
#include <span>
#include <stdexcept>
#include <string>
#include <vector>

namespace {

using namespace aisle;

struct settings {
    std::size_t piece = 65'536;
    std::size_t megabytes = 4;
    double seconds = 0.3;
    int runs = 5;
};

settings read_settings(int argc, char** argv) {
    settings s;
    read_named_values(argc, argv,
                      {
                          {"piece", [&](char const* v) { s.piece = std::strtoull(v, nullptr, 10); }},
                          {"megabytes", [&](char const* v) { s.megabytes = std::strtoull(v, nullptr, 10); }},
                          {"seconds", [&](char const* v) { s.seconds = std::atof(v); }},
                          {"runs", [&](char const* v) { s.runs = std::atoi(v); }},
                      });
    return s;
}

std::string payload_of(std::size_t size) {
    std::mt19937_64 random(size);
    std::string out(size, '\0');
    for (auto& c : out) c = static_cast<char>(random());
    return out;
}

std::string name_of(std::size_t i) {
    return "bucket/shard-0000/sample-" + std::to_string(1'000'000 + i) + ".jpg";
}

std::string number(std::uint64_t n, std::size_t bytes) {
    std::string out;
    for (std::size_t i = 0; i < bytes; ++i) out += static_cast<char>(n >> (8 * i) & 255);
    return out;
}

std::string tar_of(std::string const& payload, std::size_t samples) {
    std::string out;
    for (std::size_t i = 0; i < samples; ++i) {
        if (!codec::append_tar_header(out, name_of(i), payload.size(), 0)) throw std::runtime_error("no tar header");
        out += payload;
        out.append(codec::tar_padding(payload.size()), '\0');
    }
    return out.append(2 * codec::tar_block_bytes, '\0');
}

std::string zip_of(std::string const& payload, std::size_t samples) {
    auto const crc = codec::crc32(0, std::as_bytes(std::span(payload)));
    auto const measures = number(crc, 4) + number(payload.size(), 4) + number(payload.size(), 4);
    std::string const time = "UT\5" + number(0, 1) + "\1" + number(0, 4);
    std::string out, directory;
    for (std::size_t i = 0; i < samples; ++i) {
        auto const name = name_of(i);
        auto const lengths = number(name.size(), 2) + number(time.size(), 2);
        directory += "PK\1\2" + number(20, 2) + number(20, 2) + number(8, 2) + number(0, 6) + measures + lengths +
                     number(name.size(), 2) + number(0, 8) + number(out.size(), 4) + name + time + name;
        out += "PK\3\4" + number(20, 2) + number(8, 2) + number(0, 18) + lengths + name + time + payload;
        out += "PK\7\b" + measures;
    }
    return out + directory + "PK\5\6" + number(0, 4) + number(samples, 2) + number(samples, 2) +
           number(directory.size(), 4) + number(out.size(), 4) + number(0, 2);
}

struct plain_facts {
    std::uint32_t crc = 0;
    std::size_t sevens = 0;  // the third byte of a descriptor's signature
    bool operator==(plain_facts const&) const = default;
};

plain_facts plain_pass(std::string const& archive, std::size_t piece) {
    plain_facts out;
    for (std::size_t at = 0; at < archive.size(); at += piece) {
        auto rest = std::as_bytes(std::span(archive)).subspan(at, std::min(piece, archive.size() - at));
        out.crc = codec::crc32(out.crc, rest);
        while (auto const* found = static_cast<std::byte const*>(std::memchr(rest.data(), 7, rest.size()))) {
            rest = rest.subspan(static_cast<std::size_t>(found - rest.data()) + 1);
            ++out.sevens;
        }
    }
    return out;
}

// Reads the archive once, and returns the number of its members.
template <class Reader>
std::size_t read_through(Reader& reader, std::string const& archive, std::size_t piece) {
    std::size_t members = 0;
    std::size_t at = 0;
    for (;;) {
        switch (reader.next().kind) {
            case codec::event_kind::need_input: {
                auto const n = std::min(piece, archive.size() - at);
                reader.feed(std::as_bytes(std::span(archive)).subspan(at, n));
                at += n;
                break;
            }
            case codec::event_kind::entry_end: ++members; break;
            case codec::event_kind::end: return members;
            case codec::event_kind::error: throw std::runtime_error(reader.failure().message());
            default: break;
        }
    }
}

double cpu_now() {
    timespec t{};
    ::clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &t);
    return static_cast<double>(t.tv_sec) + static_cast<double>(t.tv_nsec) / 1e9;
}

// CPU seconds of one pass.
template <class Pass>
double measured(settings const& s, Pass pass) {
    std::size_t passes = 0;
    auto const began = cpu_now();
    double spent = 0;
    do {
        pass();
        ++passes;
        spent = cpu_now() - began;
    } while (spent < s.seconds);
    return spent / static_cast<double>(passes);
}

double median(std::vector<double> values) {
    std::sort(values.begin(), values.end());
    return values[values.size() / 2];
}

void compare(settings const& s, std::size_t size) {
    auto const samples = std::max<std::size_t>(1, (s.megabytes << 20) / size);
    auto const payload = payload_of(size);
    auto const tar = tar_of(payload, samples);
    auto const zip = zip_of(payload, samples);
    auto const plain = plain_pass(zip, zip.size());
    slab_pool pool(1 << 20);
    std::vector<double> tars, zips, plains;
    for (int i = 0; i < s.runs; ++i) {
        plains.push_back(measured(s, [&] {
            if (plain_pass(zip, s.piece) != plain) throw std::runtime_error("different bytes");
        }));
        tars.push_back(measured(s, [&] {
            codec::tar_reader reader;
            if (read_through(reader, tar, s.piece) != samples) throw std::runtime_error("members are missing");
        }));
        zips.push_back(measured(s, [&] {
            codec::zip_reader reader(pool);
            if (read_through(reader, zip, s.piece) != samples) throw std::runtime_error("members are missing");
        }));
    }
    auto const print = [&](char const* name, double seconds, std::size_t bytes) {
        std::printf("%7zu B  %-10s %9.1f ns CPU/sample  %7.2f GB/s\n", size, name,
                    seconds * 1e9 / static_cast<double>(samples), static_cast<double>(bytes) / seconds / 1e9);
    };
    print("tar", median(tars), tar.size());
    print("zip", median(zips), zip.size());
    print("crc+memchr", median(plains), zip.size());
    std::printf("%7zu B  zip / (crc+memchr): %.2f\n", size, median(zips) / median(plains));
}

}  // namespace

int main(int argc, char** argv) try {
    auto const s = read_settings(argc, argv);
    std::printf("pieces of %zu B, medians of %d\n", s.piece, s.runs);
    for (std::size_t const size : {1024u, 10'240u, 102'400u}) compare(s, size);
    return 0;
} catch (std::exception const& e) {
    std::fprintf(stderr, "bench_archive_read: %s\n", e.what());
    return 1;
}
