#pragma once

#include "operation.hpp"

#include <aisle/batch.hpp>

#include <functional>
#include <memory>
#include <string>
#include <string_view>
#include <unistd.h>

namespace aisle::detail {

class engine_impl;

/// What a bucket is: its name, and the engine that leads to it. Thread-safe.
class bucket_home {
public:
    /// Throws aisle::exception for a name that read_bucket() does not take.
    bucket_home(std::weak_ptr<engine_impl> by, std::string uri);

    std::string const& uri() const noexcept { return uri_; }
    /// The object as an entry that was checked. Errors: those of check().
    result<entry> entry_of(std::string_view object, std::string archpath = {}, byte_range range = {}) const;

    /// True in a forked child of the process that made it.
    bool is_foreign() const noexcept { return process_ != ::getpid(); }
    /// Begins an operation, or answers at once that there is no engine any more. Returns what cancels it. Throws
    /// std::bad_alloc and std::system_error where it is not begun.
    std::function<void()> begin(std::shared_ptr<operation> what) const;
    /// Says that this is a child of the process whose engine it is.
    result<void> of_this_process() const;
    /// Says that the calling thread must not wait for an operation.
    result<void> may_wait() const;

private:
    std::weak_ptr<engine_impl> const by_;
    std::string const uri_;
    ::pid_t const process_ = ::getpid();
};

/// Begins one that comes to a T.
template <class T>
std::function<void()> begin(bucket_home const& home, typename operation_to<T>::work what, completion<T> done) {
    return home.begin(std::make_shared<operation_to<T>>(std::move(what), std::move(done)));
}

}  // namespace aisle::detail
