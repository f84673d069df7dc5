#pragma once

#include "../answer/answer.hpp"

#include <aisle/sample.hpp>

#include <cstddef>
#include <span>

namespace aisle::detail {

/// The one door by which the engine makes samples.
struct sample_access {
    static sample make(std::shared_ptr<answer const> const& in, std::uint64_t batch_number, std::uint32_t index) {
        sample s;
        s.answer_ = in;
        s.entry_ = &in->of->entries()[index];
        s.batch_number_ = batch_number;
        s.index_ = index;
        return s;
    }
    static void deliver(sample& s, slab_ref slab, segments&& payload) {
        s.status_ = sample_status::delivered;
        s.slab_ = std::move(slab);
        s.payload_ = std::move(payload);
    }
    /// The first samples, as many as lie in one slab, become the consumer's: what they hold is no part of the memory
    /// budget from now on. Says how many, at least 1. Once for each sample, right before the consumer gets the first of
    /// them. Precondition: samples is not empty.
    static std::size_t hand_over(std::span<sample> samples) {
        return slab_ref::hand_over(samples, [](sample& s) -> slab_ref& { return s.slab_; });
    }
    static void refuse(sample& s, sample_status status, std::shared_ptr<error const> why) {
        s.status_ = status;
        s.why_ = std::move(why);
    }
};

}  // namespace aisle::detail
