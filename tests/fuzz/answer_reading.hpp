#pragma once

#include <aisle/receive_buffer.hpp>
#include <aisle/slice.hpp>

#include <decode_samples.hpp>
#include <string>
#include <support/archive_log.hpp>
#include <vector>

namespace aisle::fuzz {

/// What the engine's task does with the body of an answer, and what it promises: each entry is answered once, in order.
class answer_reading {
public:
    answer_reading(std::shared_ptr<batch const> const& of, detail::answer_shape const& shape,
                   detail::assembler_options const& how, slab_pool& pool)
        : of_(of), assembler_(of, 0, how, pool), decoder_(shape, pool) {
        assembler_.answer_unsent(samples_);
    }

    /// Pieces that lie in `in`, one behind the other.
    result<void> take(std::span<std::span<std::byte> const> pieces, slab_ref const& in) {
        std::span<std::byte> whole;
        if (decoder_.wants_large_pieces() && pieces.size() > 1) {
            for (auto const piece : pieces) whole = join(whole, piece);
            pieces = {&whole, 1};
        }
        for (auto const piece : pieces) {
            decoder_.feed(piece);
            if (auto ok = detail::decode_samples(decoder_, assembler_, in, samples_); !ok) return ok;
        }
        return {};
    }
    result<void> finish(slab_ref const& in) {
        decoder_.finish();
        return detail::decode_samples(decoder_, assembler_, in, samples_);
    }
    void fail(error const& why) { assembler_.fail(why, samples_); }

    /// The payload now arriving, as a receive_buffer wants to know it.
    partial_payload partial() {
        auto* const collected = decoder_.lands_itself() ? nullptr : assembler_.collected();
        return {collected, collected ? decoder_.entry_remaining() : 0};
    }
    std::span<std::uint32_t const> asked() const { return assembler_.asked(); }
    std::vector<sample> const& samples() const { return samples_; }
    bool failed() { return assembler_.report().fault.has_value(); }
    bool is_plain_tar() const { return decoder_.format() == codec::archive_format::tar; }

    /// Checks the promises, then tells what became of every entry.
    std::string log() {
        REQUIRE(assembler_.answered());
        REQUIRE(samples_.size() == of_->size());
        std::string out;
        for (std::uint32_t i = 0; i < samples_.size(); ++i) {
            auto const& s = samples_[i];
            REQUIRE(s.index() == i);
            out.append(to_string(s.status())) += ' ';
            out += s.delivered() ? content_of(s) : why_not(s);
            out += '\n';
        }
        auto const& report = assembler_.report();
        REQUIRE(report.delivered + report.missing + report.failed == samples_.size());
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
    detail::sample_assembler assembler_;
    detail::response_decoder decoder_;
    std::vector<sample> samples_;
};

}  // namespace aisle::fuzz
