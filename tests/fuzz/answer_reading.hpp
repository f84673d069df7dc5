#pragma once

#include <aisle/receive_buffer.hpp>

#include <response_decoder.hpp>
#include <sample_assembler.hpp>
#include <string>
#include <support/archive_log.hpp>
#include <vector>

namespace aisle::fuzz {

/// What the engine's task does with the body of an answer, and what it promises: each entry is answered once, in order,
/// and a delivered sample has the bytes that the decoder gave for it.
class answer_reading {
public:
    answer_reading(std::shared_ptr<batch const> const& of, detail::answer_shape const& shape, on_missing missing)
        : of_(of), assembler_(of, 0, missing), decoder_(shape) {
        assembler_.answer_unsent(samples_);
    }

    result<void> take(std::span<std::byte const> piece, slab_ref const& in) {
        decoder_.feed(piece);
        return decode(in);
    }
    result<void> finish(slab_ref const& in) {
        decoder_.finish();
        return decode(in);
    }
    void fail(error const& why) { assembler_.fail(why, samples_); }

    /// The payload now arriving, as a receive_buffer wants to know it.
    partial_payload partial() {
        return {&assembler_.partial(), assembler_.collecting() ? decoder_.entry_remaining() : 0};
    }
    std::span<std::uint32_t const> asked() const { return assembler_.asked(); }
    std::vector<sample> const& samples() const { return samples_; }

    /// Checks the promises, then tells what became of every entry.
    std::string log() {
        REQUIRE(assembler_.answered());
        REQUIRE(samples_.size() == of_->size());
        std::string out;
        for (std::uint32_t i = 0; i < samples_.size(); ++i) {
            auto const& s = samples_[i];
            REQUIRE(s.index() == i);
            out.append(to_string(s.status())) += ' ';
            out += s.delivered() ? std::to_string(s.size()) + " crc=" + test::hex8(test::crc32(s.bytes()))
                                 : s.why().message();
            out += '\n';
        }
        auto const& report = assembler_.report();
        REQUIRE(report.delivered + report.missing + report.failed == samples_.size());
        return out + (report.fault ? report.fault->message() : "all is well") + "\n";
    }

private:
    result<void> decode(slab_ref const& in) {
        using codec::event_kind;
        for (;;) {
            auto const event = decoder_.next();
            switch (event.kind) {
                case event_kind::entry_data:
                    REQUIRE(test::lies_within(event.data, {in->data(), in->capacity()}));
                    given_.append(reinterpret_cast<char const*>(event.data.data()), event.data.size());
                    assembler_.data(event.data, in);
                    break;
                case event_kind::entry_begin:
                    if (auto told = std::exchange(decoder_.metadata(), std::nullopt))
                        if (auto ok = assembler_.metadata(std::move(*told)); !ok) return ok;
                    if (auto ok = assembler_.begin_entry(decoder_.entry(), samples_); !ok) return ok;
                    given_.clear();
                    break;
                case event_kind::entry_end: end_entry(in); break;
                case event_kind::need_input: return {};
                case event_kind::end: return assembler_.end_archive();
                case event_kind::error: return decoder_.failure();
            }
        }
    }

    void end_entry(slab_ref const& in) {
        bool const collecting = assembler_.collecting();
        auto const at = samples_.size();
        assembler_.end_entry(in, samples_);
        if (!collecting) return;
        REQUIRE(samples_.size() > at && samples_[at].delivered());
        auto const bytes = samples_[at].bytes();
        REQUIRE(std::string_view(reinterpret_cast<char const*>(bytes.data()), bytes.size()) == given_);
    }

    std::shared_ptr<batch const> of_;
    detail::sample_assembler assembler_;
    detail::response_decoder decoder_;
    std::string given_;  // the current member's payload, as the decoder gave it
    std::vector<sample> samples_;
};

}  // namespace aisle::fuzz
