#pragma once

#include <aisle/error.hpp>

#include <aisle.h>
#include <string>

/// An aisle::error for C. Its texts are created once, so that pointers to them stay valid.
struct aisle_error {
    explicit aisle_error(aisle::error what);

    aisle::error value;
    aisle_status status;
    std::string name;
    std::string message;
    bool retryable;
};

namespace aisle::capi {

/// The status of an error. Never AISLE_OK, AISLE_END or AISLE_NOT_READY.
aisle_status status_of(error const& why) noexcept;

/// An error that the caller frees. If there is no memory for it, an error that says so.
aisle_error* make_error(error why) noexcept;

/// Stores the current exception in *to, unless `to` is null. Throws only what ends the thread.
aisle_status store_current_exception(aisle_error** to);

/// Ends the call with this error. For use inside guarded().
[[noreturn]] void refuse(errc code, std::string text);

/// Returns the handle, struct or output; refuses null. For use inside guarded(). Check an output before you create its
/// value: `required(out, "out") = new T` evaluates `new T` first and leaks it.
template <class T>
T& required(T* given, char const* name) {
    if (!given) refuse(errc::invalid_argument, std::string(name) + " is NULL");
    return *given;
}

/// Calls f, which returns a status or throws.
template <class F>
aisle_status guarded(aisle_error** error, F&& f) {
    try {
        return f();
    } catch (...) {
        return store_current_exception(error);
    }
}

}  // namespace aisle::capi
