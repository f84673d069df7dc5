#include <aisle/codec/compression/expander.hpp>

namespace aisle::codec {

expander::expander(std::unique_ptr<decompressor> by, slab_pool& pool)
    : by_(std::move(by)), out_(pool, slab_pool::min_slab_bytes, run_bytes) {}

expander_step expander::next(partial_payload& hold) {
    for (;;) {
        if (last_ == expansion_status::end) return {expander_status::end, {}};
        if (last_ == expansion_status::failed) return {expander_status::failed, {}};
        // After a full output there may be more output without more input.
        if (input_.empty() && last_ == expansion_status::need_input) {
            if (!finished_) return {expander_status::need_input, {}};
            last_ = by_->finish() ? expansion_status::end : expansion_status::failed;
            continue;
        }
        auto const step = by_->expand(input_, out_.prepare(hold));
        input_ = input_.subspan(step.consumed);
        consumed_ += step.consumed;
        last_ = step.status;
        if (step.produced == 0) continue;
        out_.commit(step.produced);
        auto const data = out_.unparsed();
        out_.consume(data.size());  // the caller always takes all of it
        return {expander_status::data, data};
    }
}

void expander::reset() {
    by_->reset();
    input_ = {};
    consumed_ = 0;
    last_ = expansion_status::need_input;
    finished_ = false;
}

}  // namespace aisle::codec
