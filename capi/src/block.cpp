#include "block.hpp"

#include "error.hpp"
#include "sized.hpp"

#include <string>

using namespace aisle::capi;

namespace {

aisle::sample_view view_of(aisle_block const* block, size_t index) {
    auto const& of = required(block, "block").value;
    if (index >= of.size())
        refuse(aisle::errc::invalid_argument,
               "index " + std::to_string(index) + " is not below the block's size, " + std::to_string(of.size()));
    return of[index];
}

aisle_sample_info to_c(aisle::sample_view const& from) {
    aisle_sample_info out{};
    auto const& entry = from.entry();
    out.batch = from.batch();
    out.index = from.index();
    out.batch_size = from.batch_size();
    out.tag = entry.tag;
    switch (from.status()) {
        case aisle::sample_status::delivered: out.status = AISLE_SAMPLE_DELIVERED; break;
        case aisle::sample_status::missing: out.status = AISLE_SAMPLE_MISSING; break;
        case aisle::sample_status::failed: out.status = AISLE_SAMPLE_FAILED; break;
    }
    if (from.delivered()) {
        auto const bytes = from.bytes();
        out.data = bytes.data();
        out.data_size = bytes.size();
    }
    out.bucket = entry.bucket.c_str();
    out.object = entry.object.c_str();
    out.archpath = entry.archpath.c_str();
    out.opaque = entry.opaque.data();
    out.opaque_size = entry.opaque.size();
    return out;
}

}  // namespace

size_t aisle_block_size(aisle_block const* block) {
    return block ? block->value.size() : 0;
}

aisle_status aisle_block_sample(aisle_block const* block, size_t index, aisle_sample_info* info, aisle_error** error) {
    return guarded(error, [&] {
        write_sized(info, to_c(view_of(block, index)), "info");
        return AISLE_OK;
    });
}

aisle_error* aisle_block_error(aisle_block const* block, size_t index) {
    if (!block || index >= block->value.size() || block->value[index].delivered()) return nullptr;
    aisle_error* out = nullptr;
    guarded(&out, [&]() -> aisle_status { throw aisle::exception(block->value[index].why()); });
    return out;
}

aisle_status aisle_block_keep(aisle_block const* block, size_t index, aisle_sample** sample, aisle_error** error) {
    return guarded(error, [&] {
        auto& out = required(sample, "sample");
        out = new aisle_sample{view_of(block, index).keep()};
        return AISLE_OK;
    });
}

void aisle_block_free(aisle_block* block) {
    delete block;
}

aisle_status aisle_sample_get_info(aisle_sample const* sample, aisle_sample_info* info, aisle_error** error) {
    return guarded(error, [&] {
        write_sized(info, to_c(required(sample, "sample").value), "info");
        return AISLE_OK;
    });
}

void aisle_sample_free(aisle_sample* sample) {
    delete sample;
}
