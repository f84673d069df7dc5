#include "fault_schedule.hpp"

#include <algorithm>

namespace aisle::playground {
namespace {

// The status of a refusal; 0 for other faults.
int status_of(fault_kind kind) noexcept {
    switch (kind) {
        case fault_kind::refuse_401: return 401;
        case fault_kind::refuse_403: return 403;
        case fault_kind::refuse_409: return 409;
        case fault_kind::refuse_429: return 429;
        case fault_kind::refuse_500: return 500;
        case fault_kind::refuse_503: return 503;
        default: return 0;
    }
}

bool is_of_node(fault_kind kind) noexcept {
    return kind >= fault_kind::sick_target;
}

}  // namespace

std::optional<std::uint64_t> answer_faults::at(fault_kind kind) const noexcept {
    auto const found = std::ranges::find(due_, kind, &fault::kind);
    if (found == due_.end()) return std::nullopt;
    return found->at;
}

bool answer_faults::hits(fault_kind kind, std::uint64_t index) const noexcept {
    return std::ranges::any_of(due_, [&](fault const& f) { return f.kind == kind && f.at == index; });
}

bool fault_schedule::counted::due() noexcept {
    auto const every = std::max<std::uint64_t>(what.every, 1);
    if (++seen % every != 0 || applied >= what.times) return false;
    ++applied;
    return true;
}

void fault_schedule::reset(fault_plan plan) {
    std::lock_guard const lock(mutex_);
    faults_.clear();
    for (auto const& f : plan.faults) faults_.push_back({.what = f});
}

answer_faults fault_schedule::for_answer(unsigned target) {
    std::lock_guard const lock(mutex_);
    std::vector<fault> due;
    for (auto& f : faults_) {
        auto const kind = f.what.kind;
        auto const concerned =
            is_of_node(kind) ? kind == fault_kind::sick_target && f.what.at == target : status_of(kind) == 0;
        if (concerned && f.due()) due.push_back(f.what);
    }
    return answer_faults(std::move(due));
}

bool fault_schedule::due(fault_kind kind, unsigned node) {
    std::lock_guard const lock(mutex_);
    auto struck = false;
    for (auto& f : faults_)
        if (f.what.kind == kind && f.what.at == node && f.due()) struck = true;
    return struck;
}

std::vector<unsigned> fault_schedule::nodes_with(fault_kind kind) {
    std::lock_guard const lock(mutex_);
    std::vector<unsigned> nodes;
    for (auto const& f : faults_)
        if (f.what.kind == kind && f.applied < f.what.times) nodes.push_back(static_cast<unsigned>(f.what.at));
    return nodes;
}

std::optional<fault_schedule::refusal_order> fault_schedule::refusal() {
    std::lock_guard const lock(mutex_);
    std::optional<refusal_order> out;
    for (auto& f : faults_) {
        auto const status = status_of(f.what.kind);
        if (status != 0 && f.due() && !out) out = {status, status == 429 || status == 503 ? f.what.at : 0};
    }
    return out;
}

}  // namespace aisle::playground
