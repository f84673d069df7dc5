#pragma once

#include <aisle/receive_buffer.hpp>
#include <aisle/slice.hpp>

#include <engine/answer/one_answer.hpp>
#include <string>
#include <support/archive_log.hpp>
#include <vector>

namespace aisle::fuzz {

/// What the engine's task does with the body of an answer, and what it promises: each entry is answered once, in order.
class answer_reading {
public:
    answer_reading(std::shared_ptr<batch const> const& of, detail::answer_shape const& shape,
                   test::reading_options const& how, slab_pool& pool)
        : of_(of), answer_(of, 0, how, pool), decoder_(shape, pool) {}

    /// Pieces that lie in `in`, one behind the other.
    result<void> take(std::span<std::span<std::byte> const> pieces, slab_ref const& in) {
        std::span<std::byte> whole;
        if (decoder_.wants_large_pieces() && pieces.size() > 1) {
            for (auto const piece : pieces) whole = join(whole, piece);
            pieces = {&whole, 1};
        }
        return answer_.decode(decoder_, pieces, in);
    }
    /// All of it at once, in the way that any answer can be read.
    result<void> take_whole(std::span<std::byte const> body, slab_ref const& in) {
        decoder_.feed(body);
        return answer_.decode(decoder_, in);
    }
    result<void> finish(slab_ref const& in) {
        decoder_.finish();
        auto ok = answer_.decode(decoder_, in);
        if (ok) answer_.end();
        return ok;
    }
    void fail(error const& why) { answer_.end(why); }

    /// The payload now arriving, as a receive_buffer wants to know it.
    partial_payload partial() {
        auto* const collected = decoder_.lands_itself() ? nullptr : answer_.assembler.collected();
        return {collected, collected ? decoder_.entry_remaining() : 0};
    }
    std::span<std::uint32_t const> asked() const { return answer_.assembler.asked(); }
    std::vector<sample> const& samples() const { return answer_.samples; }
    bool failed() { return answer_.ledger.report().fault.has_value(); }
    bool is_plain_tar() const { return decoder_.format() == codec::archive_format::tar; }

    /// Checks the promises, then tells what became of every entry.
    std::string log() {
        REQUIRE(answer_.answered());
        REQUIRE(samples().size() == of_->size());
        std::string out;
        for (std::uint32_t i = 0; i < samples().size(); ++i) {
            auto const& s = samples()[i];
            REQUIRE(s.index() == i);
            out.append(to_string(s.status())) += ' ';
            out += s.delivered() ? content_of(s) : why_not(s);
            out += '\n';
        }
        auto const& report = answer_.ledger.report();
        REQUIRE(report.delivered + report.missing + report.failed == samples().size());
        return out + (report.fault ? report.fault->message() : "all is well") + "\n";
    }

    static std::string content_of(sample const& s) {
        return std::to_string(s.size()) + " crc=" + test::hex8(test::crc32(s.bytes()));
    }

private:
    static std::string why_not(sample const& s) {
        // Where a sample stops to decompress depends on what there is of it at a time.
        bool const does_not_decompress = s.why().where == stage::payload && s.why().offset;
        return does_not_decompress ? "does not decompress" : s.why().message();
    }

    std::shared_ptr<batch const> of_;
    test::one_answer answer_;
    detail::response_decoder decoder_;
};

}  // namespace aisle::fuzz
