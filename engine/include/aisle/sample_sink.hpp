#pragma once

#include <aisle/export.h>
#include <aisle/sample.hpp>
#include <aisle/sample_block.hpp>

#include <atomic>
#include <functional>
#include <type_traits>
#include <utility>

namespace aisle {
namespace detail {

/// True once the sink must not be called again; checked between two samples.
using stop_flag = std::atomic<bool>;

template <class F>
constexpr bool is_null(F const& f) {
    if constexpr (std::is_constructible_v<bool, F const&>)
        return !static_cast<bool>(f);
    else
        return false;
}

AISLE_API sample take_first(sample_block& from);

}  // namespace detail

/// The consumer of a stream: a function of a sample or of a sample_block.
///
/// Blocks cost least: one call per block, and no reference count per sample. Move out of the argument what you want to
/// keep; the memory of the rest is reused. A function that accepts both is called with samples.
class sample_sink {
public:
    /// Empty.
    sample_sink() = default;

    /// From a function of a sample.
    template <class F>
        requires(!std::is_same_v<F, sample_sink> && std::is_invocable_v<F&, sample>)
    sample_sink(F take) {
        if (detail::is_null(take)) return;
        take_ = [f = std::move(take)](sample_block& from, detail::stop_flag const& stop) mutable {
            while (!from.empty() && !stop.load(std::memory_order_relaxed)) f(detail::take_first(from));
        };
    }
    /// From a function of a block.
    template <class F>
        requires(!std::is_same_v<F, sample_sink> && !std::is_invocable_v<F&, sample> &&
                 std::is_invocable_v<F&, sample_block>)
    sample_sink(F take) {
        if (detail::is_null(take)) return;
        take_ = [f = std::move(take)](sample_block& from, detail::stop_flag const&) mutable { f(std::move(from)); };
    }

    explicit operator bool() const noexcept { return static_cast<bool>(take_); }
    void swap(sample_sink& other) noexcept { take_.swap(other.take_); }

    /// For the engine: calls the function with the block, or with each of its samples until `stop` is set.
    void operator()(sample_block& from, detail::stop_flag const& stop) const { take_(from, stop); }

private:
    std::function<void(sample_block&, detail::stop_flag const&)> take_;
};

}  // namespace aisle
