#pragma once

#include <aisle/batch.hpp>

#include <chrono>
#include <functional>
#include <optional>
#include <type_traits>
#include <utility>
#include <vector>

namespace aisle {

/// Said by a source that has no batch now, but will have one: see batch_source.
struct not_yet {
    /// When to ask again at the latest, 0 ms or more. max(): when another batch ends or input_ready() is called.
    std::chrono::milliseconds ask_again_in{20};
};

/// What a source answers: a batch, the end, or "not yet".
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

/// Where a stream takes its batches from: a function that is called for one batch at a time.
///
/// It returns a batch, or std::nullopt to end the stream, or not_yet{} where there is none now: it is then called
/// again when another batch ends, when sample_stream::input_ready() is called, and after not_yet::ask_again_in at the
/// latest.
///
/// Called as soon as another request may start, never twice at once, on an engine thread or on the one that opens the
/// stream or takes a sample. It must not block for long. What it throws, of any type, cancels the stream and comes out
/// of finish().
class batch_source {
public:
    /// From a function that returns a batch, a std::optional<batch>, or a source_answer.
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
