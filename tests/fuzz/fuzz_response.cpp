// The engine's reading of an answer: [how to cut] [choices] [entries, see asked_for()] LF [Content-Type] LF [body]
// Choices: bit 0: missing entries fail, bit 1: checksums are repaired, bit 2: samples are decompressed, bit 3: a
// missing entry fails the batch, bit 4: members are named without bucket. All of them: how near the slab's end is.
#include "answer_reading.hpp"
#include "archive_in_answer.hpp"
#include "fuzz_input.hpp"
#include "tar_repair.hpp"
#include "zip_repair.hpp"

#include <aisle/http/response_parser.hpp>
#include <aisle/receive_buffer.hpp>

#include <cstring>
#include <support/archive_log.hpp>

using namespace aisle;

namespace {

// The number behind a mark, which is cut off the word with it; nothing where there is no mark. Of six digits at most: a
// batch of entries that are told to be larger would be asked for in parts, and there is one answer only.
std::optional<std::int64_t> take_number(std::string_view& word, char mark) {
    auto const at = word.find(mark);
    if (at == word.npos) return std::nullopt;
    std::int64_t number = 0;
    for (char const c : word.substr(at + 1, 6)) {
        if (c < '0' || c > '9') break;
        number = number * 10 + (c - '0');
    }
    word = word.substr(0, at);
    return number;
}

/// Entries with a space between: OBJECT or OBJECT+ARCHPATH; behind it may stand *LENGTH, for its first bytes only,
/// =SIZE, which it is expected to have, or #NUMBER, the CRC it is expected to have.
std::shared_ptr<batch const> asked_for(std::string_view words) {
    batch out("ais://tst-fx");
    while (!words.empty() && out.size() < 100) {
        auto word = words.substr(0, words.find(' '));
        words.remove_prefix(std::min(word.size() + 1, words.size()));
        entry_options options;
        if (auto const crc = take_number(word, '#'))
            options.expected_checksum = "crc32c:" + test::hex8(static_cast<std::uint32_t>(*crc));
        if (auto const bytes = take_number(word, '=')) options.expected_size = static_cast<std::uint64_t>(*bytes);
        if (auto const bytes = take_number(word, '*')) options.range.length = *bytes;
        if (auto const plus = word.find('+'); plus != word.npos) {
            options.archpath = word.substr(plus + 1);
            word = word.substr(0, plus);
        }
        out.add(word, std::move(options));
    }
    return std::make_shared<batch const>(std::move(out));
}

void repair(std::string& body, std::optional<codec::archive_format> told) {
    auto const begin = told ? 0 : fuzz::archive_part(body);
    auto const first = std::as_bytes(std::span(body)).subspan(begin);
    auto const format =
        told.value_or(codec::archive_format_of_magic(first.first(std::min<std::size_t>(first.size(), 4))));
    if (format == codec::archive_format::tar) fuzz::repair_tar_checksums(body, begin);
    if (format == codec::archive_format::zip) fuzz::repair_zip_checksums(body, begin);
}

// All of the body at once, in one slab.
void read_at_once(std::string_view body, fuzz::answer_reading& reading, slab_pool& pool) {
    auto const slab = pool.acquire(body.size());
    std::copy(body.begin(), body.end(), reinterpret_cast<char*>(slab->data()));
    auto ok = reading.take_whole({slab->data(), body.size()}, slab);
    if (ok) ok = reading.finish(slab);
    if (!ok) reading.fail(ok.error());
}

std::string chunked(std::string_view body, fuzz::step_sizes& sizes) {
    std::string out = "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n";
    while (!body.empty()) {
        auto const now = body.substr(0, sizes.next() + 500);
        char line[20];
        std::snprintf(line, sizeof line, "%zx\r\n", now.size());
        out.append(line).append(now).append("\r\n");
        body.remove_prefix(now.size());
    }
    return out + "0\r\n\r\n";
}

// In chunks, by reads of any size, into a slab somebody looks at and whose end is near: payloads have to move.
void read_as_it_comes(std::string_view body, std::uint8_t seed, std::size_t near, fuzz::answer_reading& reading,
                      slab_pool& pool) {
    fuzz::step_sizes sizes(seed);
    auto const wire = chunked(body, sizes);
    receive_buffer buffer(pool, slab_pool::min_slab_bytes, slab_pool::min_slab_bytes);
    partial_payload hold;
    auto const used = buffer.prepare(hold).size() - receive_buffer::min_read_bytes - near;
    auto const onlooker = buffer.slab();
    std::fill_n(onlooker->data(), used, std::byte{0x55});
    buffer.commit(used);
    buffer.consume(used);

    http::response_parser parser;
    std::vector<std::span<std::byte>> pieces;
    result<void> ok;
    for (std::string_view rest = wire; ok && !rest.empty();) {
        hold = reading.partial();
        auto const room = buffer.prepare(hold);
        auto const now = rest.substr(0, std::min(sizes.next(), room.size()));
        std::copy(now.begin(), now.end(), reinterpret_cast<char*>(room.data()));
        rest.remove_prefix(now.size());
        buffer.commit(now.size());
        pieces.clear();
        auto const parsed = parser.parse(buffer.unparsed(), pieces);
        REQUIRE(parsed.has_value());
        buffer.consume(*parsed);
        ok = reading.take(pieces, buffer.slab());
    }
    REQUIRE(parser.complete() || !ok);
    if (ok) ok = reading.finish(buffer.slab());
    if (!ok) reading.fail(ok.error());
    // Nothing overwrote what the onlooker sees: each byte still equals the next, as it was filled.
    REQUIRE(onlooker->data()[0] == std::byte{0x55});
    REQUIRE(std::memcmp(onlooker->data(), onlooker->data() + 1, used - 1) == 0);
}

// The archive is read once more without the engine: what was delivered is the member at its place.
void compare_with_archive(fuzz::answer_reading const& reading, test::seen_archive const& seen, bool decompressed) {
    std::size_t place = 0;
    for (auto const index : reading.asked()) {
        auto const& s = reading.samples()[index];
        std::string_view const name = s.entry().archpath.empty() ? s.entry().object : s.entry().archpath;
        if (s.delivered() && !(decompressed && (name.ends_with(".gz") || name.ends_with(".zst")))) {
            REQUIRE(place < seen.members.size() && seen.members[place].whole);
            REQUIRE(seen.members[place].crc == test::crc32(s.bytes()) && seen.members[place].payload_bytes == s.size());
        }
        ++place;
    }
}

void compare(fuzz::answer_reading& once, fuzz::answer_reading& pieces) {
    auto const log = once.log();
    auto const log_of_pieces = pieces.log();
    if (once.is_plain_tar() || !once.failed() || !pieces.failed()) return fuzz::require_same(log, log_of_pieces);
    // Where a damaged stream is found out depends on what the decompressor is given at a time.
    for (std::size_t i = 0; i < once.samples().size(); ++i) {
        auto const& a = once.samples()[i];
        auto const& b = pieces.samples()[i];
        if (a.delivered() && b.delivered())
            fuzz::require_same(fuzz::answer_reading::content_of(a), fuzz::answer_reading::content_of(b));
    }
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(std::uint8_t const* data, std::size_t size) {
    static slab_pool pool(std::size_t{256} << 20);
    fuzz::fuzz_input input(data, size);
    auto const steps = input.byte();
    auto const choices = input.byte();
    auto const batch = asked_for(input.line());
    auto const shape = detail::shape_of(input.line());
    if (!shape) return 0;
    std::string body(input.rest());
    if (choices & 2) repair(body, shape->format);

    test::reading_options how;
    how.missing = choices & 1 ? on_missing::fail : on_missing::skip;
    how.cont_on_err = (choices & 8) == 0;
    how.only_object_names = (choices & 16) != 0;
    how.sent_opaque = (choices & 32) != 0;
    how.intake = {(choices & 4) != 0, std::uint64_t{1} << 20};
    fuzz::answer_reading once(batch, *shape, how, pool);
    read_at_once(body, once, pool);
    fuzz::answer_reading pieces(batch, *shape, how, pool);
    read_as_it_comes(body, steps, choices * 16u, pieces, pool);
    compare(once, pieces);
    auto const archive = fuzz::archive_in_answer::find(*shape, body);
    compare_with_archive(once, archive.read(*shape, pool), how.intake.decompress);
    return 0;
}
