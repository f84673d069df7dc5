#pragma once

#include <aisle/options.hpp>

#include <chrono>
#include <cstddef>
#include <cstdint>

namespace aisle::detail {

/// Decides for each batch of a stream whether to use Get-Batch or a plain GET of each entry.
///
/// \code
///   usual form ──── scout ────┐                  ┌────
///   the other                 └ trial, if close ─┘
/// \endcode
///
/// A scout is a single batch in the other form. If it takes much longer than the others, the usual form stays. If not,
/// it may be fast only because the other batches are slower. So there is a trial of three windows in which all batches
/// use the other form; the middle window is measured. It is aborted if it takes too long. From then on the form with
/// more samples per second is the usual one. Trials take at most a twentieth of the batches, and fewer and fewer while
/// they gain nothing. A plain struct; the caller passes the time.
class form_chooser {
public:
    using clock = std::chrono::steady_clock;

    /// Smaller batches start as objects: AIStore's own advice.
    static constexpr std::size_t few_entries = 16;

    explicit form_chooser(fetch_form asked) noexcept;

    struct choice {
        bool as_objects = false;
        std::uint64_t round = 0;  ///< to be returned when the batch is answered
    };
    /// For the next batch; window: batches in flight.
    choice choose(std::size_t entries, unsigned window) noexcept;
    /// A batch has all its samples, with this many bytes, this long after it began.
    void answered(std::uint64_t round, std::size_t entries, std::uint64_t bytes, std::chrono::nanoseconds took,
                  clock::time_point now) noexcept;

    /// True if current measurements are not of the usual form.
    bool in_trial() const noexcept { return in_trial_; }
    bool as_objects() const noexcept { return as_objects_; }

private:
    // Even rounds use the usual form, odd ones are trials.
    static bool is_trial(std::uint64_t round) noexcept { return round % 2 == 1; }
    static constexpr std::uint64_t scout = UINT64_MAX;
    enum class scouting : std::uint8_t { due, under_way, came_close };

    void begin_round(std::uint64_t length) noexcept;
    void begin_trial() noexcept;
    void trial_over() noexcept;
    void scout_answered(std::size_t entries, double took) noexcept;
    void usual_answered(std::size_t entries, double took) noexcept;
    void trial_answered(std::size_t entries) noexcept;
    void judge(double rate) noexcept;
    void lost() noexcept;
    void note_kind(std::size_t entries, std::uint64_t bytes) noexcept;

    bool const fixed_;
    bool as_objects_;  // the usual form
    bool begun_ = false;

    std::uint64_t round_ = 0;
    std::uint64_t started_ = 0;  // batches of this round
    std::uint64_t length_ = 0;
    std::uint64_t interval_;  // windows between two scouts
    unsigned window_ = 0;     // of the trial, if there is one
    scouting scout_ = scouting::due;
    clock::time_point now_{};
    clock::time_point since_{};
    std::uint64_t samples_ = 0;
    std::uint64_t measured_ = 0;  // batches since then

    // the newest trial
    std::uint64_t tried_ = 0;     // batches begun in it
    std::uint64_t answered_ = 0;  // of these
    bool in_trial_ = false;       // until all of them are answered
    bool judged_ = true;
    bool tried_from_objects_ = false;  // the usual form when it began
    clock::time_point trial_until_{};

    // estimates, smoothed
    double usual_rate_ = 0;  // samples per second
    double usual_time_ = 0;  // seconds per entry of a batch, including all waits
    double entries_ = 0;     // of a batch
    double bytes_ = 0;
    double known_entries_ = 0;  // when the newest trial was judged
    double known_bytes_ = 0;
};

}  // namespace aisle::detail
