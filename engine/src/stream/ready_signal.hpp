#pragma once

#include <aisle/stream.hpp>

#include <memory>

namespace aisle::detail {

/// Tells those who do not block that something may be taken: a file descriptor, and one asynchronous operation. A plain
/// struct without lock: stream_job guards it.
class ready_signal {
public:
    ready_signal() = default;
    ready_signal(ready_signal const&) = delete;
    ready_signal& operator=(ready_signal const&) = delete;
    ~ready_signal();

    /// The descriptor, made by the first call. ready: whether it is to be readable. Throws std::system_error.
    int descriptor(bool ready);
    /// Something may be taken. Whoever is returned is to be told, without the lock.
    [[nodiscard]] std::shared_ptr<block_wait> set() noexcept;
    /// More may be taken, by the consumer who has just taken something.
    void keep_readable() noexcept;
    /// The consumer has found nothing.
    void clear() noexcept;

    /// True when set() would tell somebody.
    bool is_waited_for() const noexcept { return waits_ || (fd_ >= 0 && !is_set_); }

    void wait(std::shared_ptr<block_wait> w) noexcept { waits_ = std::move(w); }
    /// Nothing if it does not wait.
    [[nodiscard]] std::shared_ptr<block_wait> stop(block_wait const& w) noexcept;

private:
    std::shared_ptr<block_wait> waits_;
    int fd_ = -1;
    bool is_set_ = false;
};

}  // namespace aisle::detail
