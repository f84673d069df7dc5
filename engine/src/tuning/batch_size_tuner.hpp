#pragma once

#include <chrono>
#include <cstdint>

namespace aisle::detail {

/// Finds the number of entries per batch of a feed: larger while that brings more samples per second, because each
/// request has a cost; no larger, because a batch is ordered, held and repeated as a whole.
///
/// It doubles the size while that pays, and sometimes tries twice and half of it. It neither exceeds what is requested
/// at once (32 MiB by the mean sample size), nor grows while the first sample is late. A plain struct; the caller
/// passes the time.
class batch_size_tuner {
public:
    using clock = std::chrono::steady_clock;
    using duration = std::chrono::nanoseconds;

    static constexpr unsigned first_size = 128;
    static constexpr unsigned least_size = 16;
    static constexpr unsigned most_size = 4096;
    /// Bytes that the engine requests at once; a larger batch is requested in parts.
    static constexpr std::uint64_t most_bytes = std::uint64_t{32} << 20;
    /// A first sample that takes longer is late, if smaller batches deliver it in half the time.
    static constexpr duration late_first_sample = std::chrono::milliseconds(250);

    /// fixed: always this size, or 0 to find one.
    explicit batch_size_tuner(unsigned fixed) noexcept;

    /// For the next batch that is cut.
    unsigned size() const noexcept { return size_; }

    /// A batch has all its samples: their number and bytes, the time to the first one, and to the last. Batches that
    /// were cut short for lack of entries are ignored.
    void answered(std::uint64_t samples, std::uint64_t bytes, duration first_sample, duration batch,
                  clock::time_point now) noexcept;

private:
    enum class phase : std::uint8_t { growing, steady, probe, compare };

    void begin_round(unsigned size) noexcept;
    void round_over(double rate) noexcept;
    void after_growth(double rate) noexcept;
    void after_steady(double rate) noexcept;
    void after_comparison(double rate) noexcept;
    bool makes_late(duration first_sample) const noexcept;
    void settle(unsigned size, double rate) noexcept;
    unsigned most() const noexcept;

    bool const tuning_;
    unsigned size_;
    phase phase_ = phase::growing;

    // this round
    bool measuring_ = false;
    clock::time_point round_start_{};
    unsigned batches_ = 0;
    std::uint64_t samples_ = 0;
    duration first_samples_{0};  // sum
    duration longest_batch_{0};
    unsigned next_size_ = 0;

    // estimates
    double bytes_a_sample_ = 0;
    unsigned base_size_ = 0;
    double base_rate_ = 0;
    double probe_rate_ = 0;
    bool probe_is_late_ = false;
    duration base_first_sample_{0};
    unsigned in_vain_ = 0;
    bool probes_up_ = false;
    unsigned rounds_to_probe_ = 0;
    unsigned probe_interval_ = 0;
};

}  // namespace aisle::detail
