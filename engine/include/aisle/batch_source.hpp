#pragma once

#include <aisle/batch.hpp>
#include <aisle/export.h>

#include <chrono>
#include <functional>
#include <optional>
#include <type_traits>
#include <utility>
#include <vector>

namespace aisle {

/// Returned by a source that has no batch now but will have one later; see batch_source.
struct not_yet {
    /// The source is called again after this time at the latest. 0 ms or more. max(): only when another batch ends or
    /// input_ready() is called.
    std::chrono::milliseconds ask_again_in{20};
};

/// What a source returns: a batch, the end, or not_yet.
class source_answer {
public:
    source_answer(batch next) : next_(std::move(next)) {}
    /// nullopt: the end.
    source_answer(std::optional<batch> next) : next_(std::move(next)) {}
    source_answer(std::nullopt_t) {}
    source_answer(not_yet later) : later_(later) {}

    std::optional<batch>& next() noexcept { return next_; }
    std::optional<not_yet> const& later() const noexcept { return later_; }

private:
    std::optional<batch> next_;
    std::optional<not_yet> later_;
};

/// The source of a stream's batches: a function that returns one batch per call.
///
/// It returns a batch, std::nullopt to end the stream, or not_yet{} if it has none now. After not_yet{} it is called
/// again when another batch ends, when sample_stream::input_ready() is called, and after not_yet::ask_again_in at the
/// latest.
///
/// The engine calls it as soon as another request may start; calls never overlap. They come from an engine thread, from
/// the thread that opens the stream, or from one that takes a sample. It must not block for long. An exception of any
/// type cancels the stream; finish() rethrows it.
class AISLE_API batch_source {
public:
    /// next: a function that returns a batch, a std::optional<batch>, or a source_answer.
    template <class F>
        requires std::is_invocable_r_v<source_answer, F&>
    batch_source(F next) : next_(std::move(next)) {}
    batch_source(batch only);
    batch_source(std::vector<batch> all);

    source_answer operator()() { return next_(); }

private:
    std::function<source_answer()> next_;
};

}  // namespace aisle
