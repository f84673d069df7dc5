#pragma once

#include "../answer/answer.hpp"

#include <aisle/sample.hpp>

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
    static void refuse(sample& s, sample_status status, std::shared_ptr<error const> why) {
        s.status_ = status;
        s.why_ = std::move(why);
    }
};

}  // namespace aisle::detail
