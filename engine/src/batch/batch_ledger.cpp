#include "batch_ledger.hpp"

#include "../stream/sample_access.hpp"

#include <utility>

namespace aisle::detail {

batch_ledger::batch_ledger(std::shared_ptr<batch const> of, std::uint64_t number)
    : of_(std::move(of)), number_(number), last_(std::make_shared<answer const>(answer{of_, {}, {}})) {
    report_.batch = number;
}

void batch_ledger::answering(std::shared_ptr<answer const> by) {
    report_.designated_target = by->designated_target;
    report_.request_id = by->request_id;
    last_ = std::move(by);
}

void batch_ledger::deliver(std::uint32_t index, std::shared_ptr<answer const> const& by, taken_payload payload) {
    auto s = sample_access::make(by, number_, index);
    report_.bytes += payload.bytes.size_bytes();
    ++report_.delivered;
    sample_access::deliver(s, std::move(payload.in), std::move(payload.bytes));
    close(index, std::move(s));
}

void batch_ledger::refuse(std::uint32_t index, sample_status status, std::shared_ptr<error const> why) {
    if (why != seen_) {
        auto numbered = *why;
        numbered.batch = number_;
        numbered_ = std::make_shared<error const>(std::move(numbered));
        seen_ = std::move(why);
    }
    auto s = sample_access::make(last_, number_, index);
    ++(status == sample_status::missing ? report_.missing : report_.failed);
    sample_access::refuse(s, status, numbered_);
    close(index, std::move(s));
}

void batch_ledger::close(std::uint32_t index, sample s) {
    if (index != next_) {
        held_.emplace(index, std::move(s));
        return;
    }
    fresh_.push_back(std::move(s));
    ++next_;
    while (!held_.empty() && held_.begin()->first == next_) [[unlikely]] {
        fresh_.push_back(std::move(held_.begin()->second));
        held_.erase(held_.begin());
        ++next_;
    }
}

}  // namespace aisle::detail
