#pragma once

#include <aisle/batch.hpp>

#include <algorithm>
#include <chrono>
#include <cstddef>
#include <cstdint>
#include <deque>
#include <optional>
#include <variant>

namespace aisle::detail {

/// Cuts entries into batches: when there are enough of them, when they are expected to bring enough bytes, when the
/// oldest has waited for long enough, and before a batch that was submitted as such. Sans-IO: the caller brings the
/// time.
class batch_cutter {
public:
    using clock = std::chrono::steady_clock;

    /// batch_bytes: most bytes a batch is expected to bring. linger: longest wait of an entry.
    batch_cutter(std::size_t batch_bytes, std::chrono::milliseconds linger) noexcept
        : batch_bytes_(batch_bytes), linger_(std::min<std::chrono::milliseconds>(linger, for_ever)) {}

    /// Where it throws std::bad_alloc, e is as it was.
    void add(entry&& e, clock::time_point now);
    void add(batch b);
    /// Nothing more is added: what waits need not wait for more.
    void end() noexcept { ended_ = true; }

    /// Entries that wait.
    std::size_t waiting() const noexcept { return waiting_; }
    /// Nothing waits, nothing will.
    bool exhausted() const noexcept { return ended_ && waiting_ == 0 && items_.empty(); }

    /// The next batch, if one is due. size: entries of a full one, 1 or more; typical_bytes: of a sample whose size is
    /// not known.
    std::optional<batch> next(unsigned size, std::size_t typical_bytes, clock::time_point now);
    /// What waits is due now: enough entries, enough bytes, or a batch that was submitted as such.
    bool is_full(unsigned size, std::size_t typical_bytes) const noexcept;
    /// When what waits is due even if nothing is added; nothing while nothing waits.
    std::optional<clock::time_point> due() const noexcept;

private:
    struct one {
        entry what;
        clock::time_point since;
    };

    std::size_t fitting(unsigned size, std::size_t typical_bytes) const;
    void remove(one const& taken) noexcept;

    static constexpr std::chrono::hours for_ever{24 * 365 * 100};

    std::size_t batch_bytes_;
    std::chrono::milliseconds linger_;
    std::deque<std::variant<one, batch>> items_;
    std::size_t waiting_ = 0;
    std::size_t batches_ = 0;        // those submitted as such
    std::uint64_t known_bytes_ = 0;  // of the entries that wait by themselves
    std::uint64_t unknown_ = 0;      // those of unknown size
    bool ended_ = false;
};

}  // namespace aisle::detail
