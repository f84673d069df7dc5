#pragma once

#include <aisle/slice.hpp>

#include <cstddef>
#include <span>
#include <vector>

namespace aisle {

/// One payload as the few runs it arrived in, in order, all in one slab.
///
/// HTTP chunk lines cut a payload into runs that are contiguous except for the 6 to 8 bytes of a line. A run that is
/// cheap to move is joined at once; the others are kept apart until flat() is called. So a consumer that writes or
/// hashes runs never pays for a move, and one that needs a span pays at most once.
///
/// A plain value without the slab reference: its holder also holds the slab. Not thread-safe.
class segments {
public:
    /// Joins that would move more bytes than this wait for flat().
    static constexpr std::size_t eager_join_bytes = 16 * 1024;

    /// Adds the run that follows in the payload; it must lie after the last one, in the same slab.
    void append(std::span<std::byte> run) {
        if (size_ != 0) return append_behind(run);
        first_ = run;
        size_ = run.size();
    }

    /// Follows the runs to another place: the block that held them from `from` on was copied to `to`.
    void relocate(std::byte const* from, std::byte* to) noexcept;

    /// Takes the last n bytes off again. Precondition: n is at most size_bytes().
    void drop_back(std::size_t n) noexcept {
        if (n != 0) take_off_back(n);
    }

    void clear() noexcept {
        first_ = {};
        if (!all_.empty()) all_.clear();
        size_ = 0;
    }
    std::size_t size_bytes() const noexcept { return size_; }
    bool empty() const noexcept { return size_ == 0; }
    /// The runs as they lie now. Invalidated by append(), flat() and clear().
    std::span<std::span<std::byte> const> runs() const noexcept {
        if (!all_.empty()) return all_;
        return {&first_, std::size_t{first_.empty() ? 0u : 1u}};
    }
    /// All of it as one span, joined in place first if it has to be.
    std::span<std::byte> flat() noexcept;

private:
    void append_behind(std::span<std::byte> run);
    void take_off_back(std::size_t n) noexcept;

    std::span<std::byte> first_;             // the only run, while rest_ is empty
    std::vector<std::span<std::byte>> all_;  // every run, once there are two
    std::size_t size_ = 0;
};

}  // namespace aisle
