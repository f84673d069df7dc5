#include "block_builder.hpp"

#include <utility>

namespace aisle::detail {
namespace {

constexpr std::size_t most_in_a_read = 32;  // typical maximum: samples of 8 KiB in a read of 256 KiB

}  // namespace

void block_builder::deliver(std::uint32_t entry, std::shared_ptr<answer const> const& by, segments& bytes,
                            slab_ref const& in) {
    continue_with(by, bytes.empty() ? nullptr : &in);
    if (how_.joins_runs) static_cast<void>(bytes.flat());
    auto const runs = bytes.runs();
    auto& r = records_.emplace_back();
    r.entry = entry;
    r.status = sample_status::delivered;
    r.size = bytes.size_bytes();
    r.runs = 1;
    if (runs.size() == 1) {
        r.bytes = runs.front();
    } else if (runs.size() > 1) {
        r.first = static_cast<std::uint32_t>(runs_.size());
        r.runs = static_cast<std::uint32_t>(runs.size());
        runs_.insert(runs_.end(), runs.begin(), runs.end());
    }
}

void block_builder::refuse(std::uint32_t entry, std::shared_ptr<answer const> const& by, sample_status status,
                           std::shared_ptr<error const> why) {
    continue_with(by, nullptr);
    auto& r = records_.emplace_back();
    r.entry = entry;
    r.status = status;
    // Many entries may share one error.
    if (whys_.empty() || whys_.back() != why) whys_.push_back(std::move(why));
    r.first = static_cast<std::uint32_t>(whys_.size() - 1);
}

void block_builder::continue_with(std::shared_ptr<answer const> const& by, slab_ref const* in) {
    bool const same_slab = !in || !slab_ || in->get() == slab_.get();
    if (records_.capacity() == 0) records_.reserve(most_in_a_read);
    if (!records_.empty() && (by.get() != by_.get() || !same_slab)) close();
    if (by.get() != by_.get()) by_ = by;
    if (in && in->get() != slab_.get()) slab_ = *in;
}

void block_builder::close() {
    if (records_.empty()) return;
    auto* const made = block::make(by_, batch_, std::move(slab_), records_, runs_, std::move(whys_));
    made->detach_below = how_.detach_below;
    done_.push_back(*made);
    slab_ = {};
    records_.clear();
    runs_.clear();
    whys_.clear();
}

}  // namespace aisle::detail
