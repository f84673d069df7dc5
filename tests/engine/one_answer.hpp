#pragma once

#include <batch/batch_ledger.hpp>
#include <answer/decode_samples.hpp>
#include <memory>
#include <answer/sample_assembler.hpp>
#include <utility>
#include <vector>

namespace aisle::test {

/// A batch that is asked for once, all of it, by nobody but the test: what the server says is believed.
struct one_answer {
    one_answer(std::shared_ptr<batch const> of, std::uint64_t number, detail::assembler_options const& how,
               slab_pool& pool)
        : ledger(std::move(of), number), assembler(ledger, open_entries(ledger), how, pool) {
        take();
    }

    static std::vector<std::uint32_t> open_entries(detail::batch_ledger const& of) {
        std::vector<std::uint32_t> out;
        for (std::uint32_t i = 0; i < of.what().size(); ++i)
            if (of.is_open(i)) out.push_back(i);
        return out;
    }

    result<void> decode(detail::response_decoder& decoder, slab_ref const& in) {
        auto ok = detail::decode_samples(decoder, assembler, in);
        take();
        return ok;
    }
    /// What has been answered by now goes to samples.
    void take() {
        assembler.settle_claims(true);
        for (auto& s : ledger.fresh()) samples.push_back(std::move(s));
        ledger.fresh().clear();
    }
    /// The answer has ended well: entries it spoilt fail by themselves.
    void end() {
        while (!ledger.answered()) ledger.fail(ledger.first_open(), {});
        take();
    }
    /// The answer was cut.
    void end(error const& why) {
        if (ledger.answered())
            ledger.note_fault(why);
        else
            ledger.give_up(why);
        take();
    }

    detail::batch_ledger ledger;
    detail::sample_assembler assembler;
    std::vector<sample> samples;
};

}  // namespace aisle::test
