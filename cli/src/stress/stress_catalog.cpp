#include "stress_catalog.hpp"

#include "stress_content.hpp"
#include "stress_random.hpp"

#include <aisle/codec/tar/tar_writer.hpp>

#include <array>
#include <span>
#include <stdexcept>

namespace aisle::cli {
namespace {

constexpr std::uint64_t kib = 1024;

/// Prefixes of names, used in turn. Each is part of a JSON request, a URL, a tar header and a path on a target's disk.
constexpr std::array<std::string_view, 8> folders{"plain/",
                                                  "with spaces/and (more)/",
                                                  "\xc3\xbcml\xc3\xa4ut/\xe7\x8c\xab/",
                                                  "per%20cent/a+b=c&d#e;f,g/",
                                                  "quo\"te's\\back/",
                                                  "__404__/looks missing/",
                                                  "d/e/e/p/e/r/",
                                                  ""};

/// Longer than the 100 bytes of tar's name field. Every other one cannot be split for ustar's prefix field.
std::string long_folder(std::size_t n) {
    return n % 2 == 0 ? "long/" + std::string(70, 'l') + "/" : "long/" + std::string(130, 'm') + "-";
}

std::string name_of(std::string_view kind, std::size_t n) {
    auto const folder = n % 9 == 8 ? long_folder(n / 9) : std::string(folders[n % folders.size()]);
    return folder + std::string(kind) + "-" + std::to_string(n);
}

std::vector<stress_object> objects(std::string_view kind, std::size_t count, std::span<std::uint64_t const> sizes) {
    std::vector<stress_object> made;
    made.reserve(count);
    for (std::size_t n = 0; n < count; ++n) made.push_back({name_of(kind, n), sizes[n % sizes.size()]});
    return made;
}

constexpr std::array<std::uint64_t, 13> tiny_sizes{0, 1, 7, 8, 511, 512, 513, 1024, 1535, 1536, 1537, 2048, 4 * kib};
constexpr std::array<std::uint64_t, 1> small_sizes{10 * kib};
constexpr std::array<std::uint64_t, 2> medium_sizes{100 * kib, 100 * kib + 1};
constexpr std::array<std::uint64_t, 8> large_sizes{1024 * kib,     1024 * kib, 1024 * kib + 5, 1024 * kib,
                                                   1024 * kib - 1, 1024 * kib, 1024 * kib,     8192 * kib};
constexpr std::array<std::uint64_t, 12> member_sizes{0,       1,        511,      512,      513,    2000,
                                                     4 * kib, 10 * kib, 10 * kib, 10 * kib, 33'333, 64 * kib};

void append_content(std::string& out, stress_content const& content, std::uint64_t size) {
    auto const at = out.size();
    out.resize(at + static_cast<std::size_t>(size));
    content.fill(0, std::as_writable_bytes(std::span(out).subspan(at)));
}

// In the form that AIStore's own tar writer produces.
std::string archive_of(stress_object const& shard) {
    std::string out;
    for (auto const& member : shard.members) {
        if (!codec::append_tar_header(out, member.path, member.size_bytes))
            throw std::logic_error("a member's name does not fit a tar header");
        append_content(out, stress_content(shard.name, member.path), member.size_bytes);
        codec::append_tar_padding(out, member.size_bytes);
    }
    codec::append_tar_end(out);
    return out;
}

stress_object make_shard(std::size_t n) {
    stress_random random(n);
    stress_object shard{name_of("shard", n) + ".tar"};
    auto const count = 8 + random.below(40);
    for (std::size_t i = 0; i < count; ++i)
        shard.members.push_back({name_of("member", i), member_sizes[random.below(member_sizes.size())]});
    shard.archive = archive_of(shard);
    shard.size_bytes = shard.archive.size();
    return shard;
}

}  // namespace

std::vector<stress_object const*> stress_catalog::all() const {
    std::vector<stress_object const*> every;
    // The large ones first, so that the upload does not end with one of them alone.
    for (auto const* kind : {&large, &medium, &shards, &small, &tiny})
        for (auto const& object : *kind) every.push_back(&object);
    return every;
}

std::uint64_t stress_catalog::size_bytes() const {
    std::uint64_t sum = 0;
    for (auto const* object : all()) sum += object->size_bytes;
    return sum;
}

stress_catalog make_stress_catalog() {
    stress_catalog made{.tiny = objects("tiny", 8 * tiny_sizes.size(), tiny_sizes),
                        .small = objects("small", 120, small_sizes),
                        .medium = objects("medium", 30, medium_sizes),
                        .large = objects("large", 16, large_sizes),
                        .shards = {}};
    for (std::size_t n = 0; n < 16; ++n) made.shards.push_back(make_shard(n));
    return made;
}

std::string object_bytes(stress_object const& object) {
    if (object.is_shard()) return object.archive;
    std::string out;
    append_content(out, stress_content(object.name), object.size_bytes);
    return out;
}

}  // namespace aisle::cli
