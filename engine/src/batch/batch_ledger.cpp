#include "batch_ledger.hpp"

#include <aisle/recycler.hpp>

#include <utility>

namespace aisle::detail {

batch_ledger::batch_ledger(std::shared_ptr<batch const> of, std::uint64_t number, block_options how)
    : of_(std::move(of)),
      number_(number),
      last_(std::allocate_shared<answer const>(recycled<answer>(), answer{of_, {}, {}})),
      blocks_(number, how) {
    report_.batch = number;
}

void batch_ledger::answering(std::shared_ptr<answer const> by) {
    report_.designated_target = by->designated_target;
    report_.request_id = by->request_id;
    last_ = std::move(by);
}

void batch_ledger::deliver(std::uint32_t index, std::shared_ptr<answer const> const& by, segments& bytes,
                           slab_ref const& in) {
    report_.bytes += bytes.size_bytes();
    ++report_.delivered;
    if (index != next_) [[unlikely]] {
        held_.emplace(index, early{by, {std::move(bytes), in}, sample_status::delivered, {}});
        return;
    }
    blocks_.deliver(index, by, bytes, in);
    close();
}

void batch_ledger::refuse(std::uint32_t index, sample_status status, std::shared_ptr<error const> why) {
    if (why != seen_) {
        auto numbered = *why;
        numbered.batch = number_;
        numbered_ = std::make_shared<error const>(std::move(numbered));
        seen_ = std::move(why);
    }
    ++(status == sample_status::missing ? report_.missing : report_.failed);
    if (index != next_) {
        held_.emplace(index, early{last_, {}, status, numbered_});
        return;
    }
    blocks_.refuse(index, last_, status, numbered_);
    close();
}

// One more entry is in the blocks, and with it the samples that waited for it.
void batch_ledger::close() {
    ++next_;
    while (!held_.empty() && held_.begin()->first == next_) [[unlikely]] {
        auto& e = held_.begin()->second;
        if (e.status == sample_status::delivered)
            blocks_.deliver(next_, e.by, e.payload.bytes, e.payload.in);
        else
            blocks_.refuse(next_, e.by, e.status, std::move(e.why));
        held_.erase(held_.begin());
        ++next_;
    }
}

}  // namespace aisle::detail
