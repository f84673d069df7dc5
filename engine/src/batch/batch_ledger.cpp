#include "batch_ledger.hpp"

#include "../stream/sample_access.hpp"

#include <utility>

namespace aisle::detail {

batch_ledger::batch_ledger(std::shared_ptr<batch const> of, std::uint64_t number)
    : of_(std::move(of)),
      number_(number),
      last_(std::make_shared<answer const>(answer{of_, {}, {}})),
      open_(of_->size(), 1),
      open_count_(static_cast<std::uint32_t>(of_->size())) {
    report_.batch = number;
    for (std::uint32_t i = 0; i < of_->size(); ++i)
        if (auto ok = check(at(i)); !ok) refuse(i, last_, sample_status::failed, std::move(ok).error());
}

void batch_ledger::deliver(std::uint32_t index, std::shared_ptr<answer const> const& by, taken_payload payload) {
    if (!is_open(index)) return;
    auto s = sample_access::make(by, number_, index);
    report_.bytes += payload.bytes.size_bytes();
    ++report_.delivered;
    sample_access::deliver(s, std::move(payload.in), std::move(payload.bytes));
    close(index, std::move(s));
}

void batch_ledger::refuse(std::uint32_t index, std::shared_ptr<answer const> const& by, sample_status status,
                          error why) {
    if (is_open(index)) refuse_shared(index, by, status, std::make_shared<error const>(about(index, std::move(why))));
}

void batch_ledger::refuse_from(std::uint32_t index, std::shared_ptr<answer const> const& by, error why) {
    auto const shared = std::make_shared<error const>(about(index, std::move(why)));
    note_fault(*shared);
    for (auto i = index; i < of_->size(); ++i)
        if (is_open(i)) refuse_shared(i, by, sample_status::failed, shared);
}

void batch_ledger::give_up(error why) {
    if (answered()) return;
    auto const shared = std::make_shared<error const>(about(first_open_, std::move(why)));
    note_fault(*shared);
    while (!answered()) {
        auto const index = first_open_;
        if (refuse_as_doubted(index)) continue;
        if (index < *shared->entry)
            refuse_shared(index, last_, sample_status::failed, own_copy(index, *shared));
        else
            refuse_shared(index, last_, sample_status::failed, shared);
    }
}

void batch_ledger::fail(std::uint32_t index, error why) {
    if (is_open(index) && !refuse_as_doubted(index)) fail_for(index, std::move(why));
}

bool batch_ledger::refuse_as_doubted(std::uint32_t index) {
    auto const own = doubts_.find(index);
    if (own == doubts_.end()) return false;
    auto const doubt = own->second;  // closing the entry takes it off the list
    refuse_shared(index, doubt.by, doubt.status, doubt.why);
    return true;
}

void batch_ledger::fail_for(std::uint32_t index, error why) {
    refuse(index, last_, sample_status::failed, std::move(why));
}

void batch_ledger::doubt(std::uint32_t index, std::shared_ptr<answer const> const& by, sample_status status,
                         error why) {
    if (!is_open(index)) return;
    auto& d = doubts_[index];
    d.by = by;
    d.status = status;
    d.why = std::make_shared<error const>(about(index, std::move(why)));
    if (status == sample_status::failed && d.why->code != errc::missing) ++d.spoilt;
}

unsigned batch_ledger::spoilt(std::uint32_t index) const noexcept {
    auto const found = doubts_.find(index);
    return found == doubts_.end() ? 0 : found->second.spoilt;
}

error const* batch_ledger::doubt_of(std::uint32_t index) const noexcept {
    auto const found = doubts_.find(index);
    return found == doubts_.end() ? nullptr : found->second.why.get();
}

void batch_ledger::note_fault(error why) {
    if (!why.batch) why.batch = number_;
    if (!report_.fault) report_.fault = std::move(why);
}

// An entry before the place of the fault: it came, and could not be told to be whole.
std::shared_ptr<error const> batch_ledger::own_copy(std::uint32_t index, error why) const {
    why.entry = index;
    why.text = "not known to be whole, as what follows it is not as it should be: " + why.text;
    return std::make_shared<error const>(std::move(why));
}

error batch_ledger::about(std::uint32_t index, error why) const {
    why.batch = number_;
    if (!why.entry) why.entry = index;
    return why;
}

void batch_ledger::refuse_shared(std::uint32_t index, std::shared_ptr<answer const> const& by, sample_status status,
                                 std::shared_ptr<error const> why) {
    auto s = sample_access::make(by, number_, index);
    ++(status == sample_status::missing ? report_.missing : report_.failed);
    sample_access::refuse(s, status, std::move(why));
    close(index, std::move(s));
}

void batch_ledger::close(std::uint32_t index, sample s) {
    open_[index] = 0;
    --open_count_;
    if (!doubts_.empty()) [[unlikely]]
        doubts_.erase(index);
    while (first_open_ < open_.size() && !open_[first_open_]) ++first_open_;
    if (index != next_) {
        held_.emplace(index, std::move(s));
        return;
    }
    fresh_.push_back(std::move(s));
    ++next_;
    if (!held_.empty()) [[unlikely]]
        hand_out_held();
}

void batch_ledger::hand_out_held() {
    while (!held_.empty() && held_.begin()->first == next_) {
        fresh_.push_back(std::move(held_.begin()->second));
        held_.erase(held_.begin());
        ++next_;
    }
}

}  // namespace aisle::detail
