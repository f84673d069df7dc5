#pragma once

#include <exception>
#include <new>
#include <optional>
#include <utility>

namespace aisle::detail {

/// A completion handler of co_spawn that is always called, once. Without memory for an operation that a coroutine
/// awaits, Asio destroys the coroutine instead of completing it; the handler is then called by its destructor, with
/// std::bad_alloc. F: noexcept, called as f(exception_ptr) or f(exception_ptr, value).
template <class F>
class certain_end {
public:
    explicit certain_end(F f) noexcept : f_(std::move(f)) {}
    certain_end(certain_end&& other) noexcept : f_(std::exchange(other.f_, std::nullopt)) {}
    certain_end& operator=(certain_end&&) = delete;
    ~certain_end() {
        if (auto f = std::exchange(f_, std::nullopt)) (*f)(std::make_exception_ptr(std::bad_alloc()));
    }

    template <class... Value>
    void operator()(std::exception_ptr failure, Value&&... value) noexcept {
        if (auto f = std::exchange(f_, std::nullopt)) (*f)(std::move(failure), std::forward<Value>(value)...);
    }

private:
    std::optional<F> f_;
};

}  // namespace aisle::detail
