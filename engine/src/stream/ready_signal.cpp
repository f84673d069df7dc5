#include "ready_signal.hpp"

#include <cerrno>
#include <cstdint>
#include <sys/eventfd.h>
#include <system_error>
#include <unistd.h>
#include <utility>

namespace aisle::detail {

int ready_signal::descriptor(bool ready) {
    if (!event_) {
        event_ = base::file_descriptor(::eventfd(ready ? 1 : 0, EFD_CLOEXEC | EFD_NONBLOCK));
        if (!event_) throw std::system_error(errno, std::generic_category(), "ready_fd(): no file descriptor left");
        is_set_ = ready;
    }
    return event_.get();
}

std::shared_ptr<block_wait> ready_signal::set() noexcept {
    keep_readable();
    return std::move(waits_);
}

void ready_signal::keep_readable() noexcept {
    if (!event_ || std::exchange(is_set_, true)) return;
    std::uint64_t const one = 1;
    static_cast<void>(!::write(event_.get(), &one, sizeof one));  // cannot fail: its count is 0
}

void ready_signal::clear() noexcept {
    if (!event_ || !std::exchange(is_set_, false)) return;
    std::uint64_t count = 0;
    static_cast<void>(!::read(event_.get(), &count, sizeof count));
}

std::shared_ptr<block_wait> ready_signal::stop(block_wait const& w) noexcept {
    return waits_.get() == &w ? std::move(waits_) : nullptr;
}

}  // namespace aisle::detail
