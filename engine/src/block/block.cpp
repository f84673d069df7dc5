#include "block.hpp"

#include <aisle/sample_sink.hpp>
#include <aisle/slice.hpp>

#include <algorithm>
#include <cstring>
#include <memory>
#include <new>
#include <string>
#include <type_traits>

namespace aisle {
namespace detail {
namespace {

static_assert(std::is_trivially_destructible_v<sample_record>);
static_assert(alignof(sample_record) <= alignof(block) && sizeof(block) % alignof(sample_record) == 0);
static_assert(sizeof(sample_record) % alignof(std::span<std::byte>) == 0);

}  // namespace

block* block::make(std::shared_ptr<answer const> by, std::uint64_t batch, slab_ref in,
                   std::span<sample_record const> records, std::span<std::span<std::byte> const> runs,
                   std::vector<std::shared_ptr<error const>> whys) {
    auto const bytes = sizeof(block) + records.size_bytes() + runs.size_bytes();
    auto* const memory = static_cast<std::byte*>(in ? in->notes().allocate(bytes) : ::operator new(bytes));
    auto* const out = new (memory) block(std::move(by), batch, std::move(in));
    out->count_ = static_cast<std::uint32_t>(records.size());
    out->records_ = reinterpret_cast<sample_record*>(memory + sizeof(block));
    std::uninitialized_copy(records.begin(), records.end(), out->records_);
    out->runs_ = reinterpret_cast<std::span<std::byte>*>(out->records_ + records.size());
    std::uninitialized_copy(runs.begin(), runs.end(), out->runs_);
    out->whys_ = std::move(whys);
    return out;
}

block* block::copy_of(block const& from, sample_record const& record) {
    auto* const memory = static_cast<std::byte*>(::operator new(sizeof(block) + sizeof(sample_record) + record.size));
    auto* const out = new (memory) block(from.by_, from.batch_, {});
    out->count_ = 1;
    out->records_ = new (memory + sizeof(block)) sample_record(record);
    auto* const bytes = memory + sizeof(block) + sizeof(sample_record);
    auto* to = bytes;
    if (record.runs <= 1)
        std::copy(record.bytes.begin(), record.bytes.end(), to);
    else
        for (auto const run : std::span(from.runs_ + record.first, record.runs))
            to = std::copy(run.begin(), run.end(), to);
    out->records_->bytes = {bytes, record.size};
    out->records_->runs = 1;
    return out;
}

// Release the slab last: this block lies in its arena.
void block::destroy() noexcept {
    auto const in = std::move(slab_);
    bool const is_in_arena = static_cast<bool>(in);
    this->~block();
    if (!is_in_arena) ::operator delete(this);
}

sample block_access::keep(block& in, sample_record& record) {
    bool const copies = in.holds_slab() && record.status == sample_status::delivered && record.size <= in.detach_below;
    if (copies) {
        auto* const own = block::copy_of(in, record);
        return {own, own->records().data()};
    }
    in.share();
    return {&in, &record};
}

sample block_access::take_first(sample_block& from) {
    auto out = keep(*from.block_, *from.records_);
    ++from.records_;
    if (--from.count_ == 0) std::exchange(from.block_, nullptr)->drop();
    return out;
}

sample take_first(sample_block& from) {
    return block_access::take_first(from);
}

}  // namespace detail

std::string_view to_string(sample_status s) noexcept {
    switch (s) {
        case sample_status::delivered: return "delivered";
        case sample_status::missing: return "missing";
        case sample_status::failed: return "failed";
    }
    return "unknown";
}

// ---- views

std::uint64_t sample_view::batch() const noexcept {
    return block_->batch();
}

std::uint32_t sample_view::batch_size() const noexcept {
    return static_cast<std::uint32_t>(block_->by().of->size());
}

entry const& sample_view::entry() const noexcept {
    return block_->by().of->entries()[record_->entry];
}

std::string_view sample_view::designated_target() const noexcept {
    return block_ ? std::string_view(block_->by().designated_target) : std::string_view();
}

std::string_view sample_view::request_id() const noexcept {
    return block_ ? std::string_view(block_->by().request_id) : std::string_view();
}

error const& sample_view::why() const noexcept {
    return block_->why(*record_);
}

std::span<std::span<std::byte> const> sample_view::runs() const noexcept {
    if (!delivered() || record_->size == 0) return {};
    if (record_->runs == 1) return {&record_->bytes, 1};
    return block_->runs(*record_);
}

std::span<std::byte> sample_view::joined() const {
    if (!record_) throw exception({errc::invalid_argument, stage::usage, "bytes() of an empty sample"});
    if (!delivered()) throw exception(why());
    record_->bytes = join(block_->runs(*record_));
    record_->runs = 1;
    return record_->bytes;
}

std::size_t sample_view::copy_to(std::span<std::byte> to) const {
    if (!delivered()) static_cast<void>(bytes());  // throws
    if (to.size() < size())
        throw exception({errc::invalid_argument, stage::usage,
                         "copy_to() of a sample of " + std::to_string(size()) + " bytes into a span of " +
                             std::to_string(to.size()) + ": make it at least size() bytes"});
    for (auto const run : runs()) {
        std::memcpy(to.data(), run.data(), run.size());
        to = to.subspan(run.size());
    }
    return size();
}

sample sample_view::keep() const {
    return detail::block_access::keep(*block_, *record_);
}

// ---- owners

void sample::release() noexcept {
    block_->drop();
}

void sample::detach() {
    if (!delivered() || !block_->holds_slab()) return;
    auto* const own = detail::block::copy_of(*block_, *record_);
    block_->drop();
    block_ = own;
    record_ = own->records().data();
}

void sample_block::release() noexcept {
    block_->drop();
}

}  // namespace aisle
