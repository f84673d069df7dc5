#include "batch_work.hpp"

#include "memory_budget.hpp"
#include "stream_job.hpp"

#include <algorithm>
#include <exception>
#include <new>

namespace aisle::detail {

batch_work::batch_work(std::shared_ptr<stream_job> of, std::shared_ptr<batch const> entries, std::uint64_t n,
                       std::string bucket, memory_budget& memory, std::size_t reserved_bytes) noexcept
    : job(std::move(of)),
      what(std::move(entries)),
      number(n),
      path_bucket(std::move(bucket)),
      memory_(&memory),
      reserved_(reserved_bytes) {
    memory_->reserve(reserved_);
}

batch_work::batch_work(batch_work&& other) noexcept
    : job(std::move(other.job)),
      what(std::move(other.what)),
      number(other.number),
      path_bucket(std::move(other.path_bucket)),
      as_objects(other.as_objects),
      form_round(other.form_round),
      memory_(other.memory_),
      reserved_(std::exchange(other.reserved_, 0)),
      told_answered_(other.told_answered_),
      told_end_(other.told_end_) {}

batch_work::~batch_work() {
    release(reserved_);
    if (!job || told_end_) return;
    job->fail(std::make_exception_ptr(std::bad_alloc()));
    batch_report nothing;
    nothing.batch = number;
    if (!told_answered_) tell_answered(nothing);
    tell_end(nothing);
}

void batch_work::tell_answered(batch_report const& report) {
    release(reserved_);
    told_answered_ = true;
    job->on_answered(*this, report);
}

void batch_work::tell_end(batch_report const& report) {
    told_end_ = true;
    job->on_end(report);
}

void batch_work::reserve_up_to(std::size_t bytes) noexcept {
    if (bytes <= reserved_) return;
    memory_->reserve(bytes - reserved_);
    reserved_ = bytes;
}

void batch_work::release(std::size_t bytes) noexcept {
    bytes = std::min(bytes, reserved_);
    if (bytes == 0) return;
    reserved_ -= bytes;
    memory_->release(bytes);
}

}  // namespace aisle::detail
