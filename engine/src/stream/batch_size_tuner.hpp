#pragma once

#include <chrono>
#include <cstdint>

namespace aisle::detail {

/// Finds how many entries a batch of a feed is to have: more, as long as that brings samples per second, since each
/// request has its price; no more than that, since a batch is what is ordered, held and repeated as a whole.
///
/// It doubles the size while that pays and looks at twice and half of it now and then. It does not go beyond what is
/// requested at once (32 MiB by the mean size of samples), nor on while the first sample is late. A plain struct; the
/// caller brings the time.
class batch_size_tuner {
public:
    using clock = std::chrono::steady_clock;
    using duration = std::chrono::nanoseconds;

    static constexpr unsigned first_size = 128;
    static constexpr unsigned least_size = 16;
    static constexpr unsigned most_size = 4096;
    /// Bytes that the engine requests at once; a batch of more is requested in parts.
    static constexpr std::uint64_t most_bytes = std::uint64_t{32} << 20;
    /// A first sample that takes longer is late, where smaller batches bring it in half the time.
    static constexpr duration late_first_sample = std::chrono::milliseconds(250);

    /// fixed: this size for ever, or 0 to find one.
    explicit batch_size_tuner(unsigned fixed) noexcept;

    /// For the next batch that is cut.
    unsigned size() const noexcept { return size_; }

    /// A batch has all its samples: so many, of so many bytes, the first after first_sample and the last after batch.
    /// Those of a batch that was cut short because no more entries came say nothing.
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

    // what is known
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
