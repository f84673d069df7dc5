#pragma once

#include <cstddef>
#include <cstdint>
#include <functional>
#include <vector>

namespace aisle::detail {

/// Decides which of a shard's responses is read next if several have bytes to read.
///
/// Samples are delivered in the order of their batches. Bytes read of a later batch wait in memory until the earlier
/// batches are complete; unread bytes wait in the kernel. So a response waits while one of an earlier batch of the same
/// stream still has bytes to read:
/// \code
///   batch 7:  read, full ──▶ read, full ──▶ read, not full: its socket is empty
///   batch 8:  waits ─────────────────────────────────────▶ its turn: read, full ──▶ ...
///   batch 9:  waits                                                                 waits
/// \endcode
/// If the server is slower than this client, each read empties its socket, and no response waits. No I/O, no clock. One
/// thread, the shard's.
class reading_order {
public:
    reading_order() = default;
    reading_order(reading_order const&) = delete;
    reading_order& operator=(reading_order const&) = delete;

    /// A response that is being read. The order outlives it.
    class reader {
    public:
        /// stream: any address that is the same for all batches of a stream. on_turn is called when this reader waits
        /// and its turn comes, from within a call of another reader; it must not call back into the order.
        reader(reading_order& order, void const* stream, std::uint64_t batch, std::function<void()> on_turn);
        reader(reader const&) = delete;
        reader& operator=(reader const&) = delete;
        ~reader();

        /// True if a response of an earlier batch has more to read. Then call wait().
        bool must_wait() const noexcept { return order_.has_more_before(*this); }
        /// Starts waiting: for on_turn, or for the caller's time limit.
        void wait() noexcept;
        /// True from on_turn to was_read().
        bool has_turn() const noexcept { return order_.turn_ == this; }
        /// Ends the wait. Must be followed by one read attempt and was_read(), before waiting for anything else.
        void stop_waiting() noexcept;
        /// A read has ended. more: more has arrived; otherwise the socket is empty.
        void was_read(bool more) noexcept;

    private:
        friend class reading_order;

        reading_order& order_;
        void const* const stream_;
        std::uint64_t const batch_;
        std::function<void()> const on_turn_;
        bool has_more_ = false;
        bool waits_ = false;
    };

private:
    bool has_more_before(reader const& of) const noexcept;
    void next_turn() noexcept;

    static void insert(std::vector<reader*>& into, reader& which) noexcept;
    static void remove(std::vector<reader*>& from, reader const& which) noexcept;

    // Both in the order of their batches, with capacity for all readers.
    std::vector<reader*> with_more_;
    std::vector<reader*> waiting_;
    reader* turn_ = nullptr;  // on_turn was called, was_read() not yet
    std::size_t readers_ = 0;
};

}  // namespace aisle::detail
