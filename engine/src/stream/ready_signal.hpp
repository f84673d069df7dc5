#pragma once

#include <aisle/base/file_descriptor.hpp>
#include <aisle/stream.hpp>

#include <memory>

namespace aisle::detail {

/// Notifies consumers that do not block: a file descriptor, and one asynchronous operation. A plain struct without a
/// lock: stream_job guards it.
class ready_signal {
public:
    /// The descriptor, created by the first call. ready: whether it is readable initially. Throws std::system_error.
    int descriptor(bool ready);
    /// A block can be taken. The returned operation must be notified, without the lock.
    [[nodiscard]] std::shared_ptr<block_wait> set() noexcept;
    /// The consumer has taken a block and can take more.
    void keep_readable() noexcept;
    /// The consumer has found nothing.
    void clear() noexcept;

    /// True if set() would notify someone.
    bool is_waited_for() const noexcept { return waits_ || (event_ && !is_set_); }

    void wait(std::shared_ptr<block_wait> w) noexcept { waits_ = std::move(w); }
    /// Null if it does not wait.
    [[nodiscard]] std::shared_ptr<block_wait> stop(block_wait const& w) noexcept;

private:
    std::shared_ptr<block_wait> waits_;
    base::file_descriptor event_;
    bool is_set_ = false;
};

}  // namespace aisle::detail
