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

/// Cuts entries into batches: when there are enough entries, or enough expected bytes, when the oldest has waited long
/// enough, and before a batch that was submitted as such. Sans-IO: the caller passes the time.
class batch_cutter {
public:
    using clock = std::chrono::steady_clock;

    /// batch_bytes: maximum expected bytes of a batch. linger: maximum wait of an entry.
    batch_cutter(std::size_t batch_bytes, std::chrono::milliseconds linger) noexcept
        : batch_bytes_(batch_bytes), linger_(std::min<std::chrono::milliseconds>(linger, for_ever)) {}

    /// If it throws std::bad_alloc, e is unchanged.
    void add(entry&& e, clock::time_point now);
    void add(batch b);
    /// No more entries will be added: waiting ones become due.
    void end() noexcept { ended_ = true; }

    /// Number of waiting entries.
    std::size_t waiting() const noexcept { return waiting_; }
    /// No entries wait, and none will be added.
    bool exhausted() const noexcept { return ended_ && waiting_ == 0 && items_.empty(); }

    /// The next batch, if one is due. size: entries of a full one, 1 or more; typical_bytes: of a sample of unknown
    /// size.
    std::optional<batch> next(unsigned size, std::size_t typical_bytes, clock::time_point now);
    /// True if a batch is due now: enough entries, enough bytes, or a batch that was submitted as such.
    bool is_full(unsigned size, std::size_t typical_bytes) const noexcept;
    /// When the waiting entries become due even if none is added; nullopt if none wait.
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
    std::size_t batches_ = 0;        // submitted as such
    std::uint64_t known_bytes_ = 0;  // of the single entries that wait
    std::uint64_t unknown_ = 0;      // single entries of unknown size
    bool ended_ = false;
};

}  // namespace aisle::detail
