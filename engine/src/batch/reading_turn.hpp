#pragma once

#include "reading_order.hpp"

#include <aisle/http/asio.hpp>

#include <cstdint>
#include <functional>

namespace aisle::detail {

/// An awaitable place of one response in its shard's reading_order. Not movable. One thread, the shard's.
class reading_turn {
public:
    reading_turn(http::executor ex, reading_order& order, void const* stream, std::uint64_t batch);

    /// True if responses of earlier batches must be read first. Then await wait().
    bool must_wait() const noexcept { return reader_.must_wait(); }
    /// Ends at its turn, after 5 s at the latest, or when the coroutine is cancelled. still_waits: called every 100 ms.
    http::task<void> wait(std::function<void()> still_waits);
    /// True if bytes have probably arrived: read them before waiting for the server.
    bool may_have_arrived() const noexcept { return may_have_arrived_; }
    /// The socket was empty: from now on the response waits for its server.
    void nothing_arrived() noexcept { was_read(false); }
    /// A read has ended. more: more has probably arrived.
    void was_read(bool more) noexcept {
        may_have_arrived_ = more;
        reader_.was_read(more);
    }

private:
    http::timer timer_;
    reading_order::reader reader_;
    bool may_have_arrived_ = false;
};

}  // namespace aisle::detail
