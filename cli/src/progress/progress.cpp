#include "progress.hpp"

#include <cstdio>
#include <cstdlib>
#include <string>
#include <sys/ioctl.h>
#include <unistd.h>

namespace aisle::cli {
namespace {

constexpr std::chrono::milliseconds redraw_every{100};
constexpr std::chrono::seconds log_every{5};
constexpr std::chrono::milliseconds poll_every{500};
/// Rates are averages over this time: long enough to be steady, short enough to follow changes.
constexpr std::chrono::seconds rate_span{3};

bool has_bar() {
    if (!isatty(STDERR_FILENO)) return false;
    char const* const term = std::getenv("TERM");
    return term && *term && std::string_view(term) != "dumb";
}

std::size_t columns() {
    winsize size{};
    return ioctl(STDERR_FILENO, TIOCGWINSZ, &size) == 0 && size.ws_col > 0 ? size.ws_col : 80;
}

/// Ignores errors: the run continues if standard error is closed.
void put(std::string_view text) {
    std::fwrite(text.data(), 1, text.size(), stderr);
}

}  // namespace

progress::progress(progress_style style, progress_counters const& counters,
                   std::function<std::optional<std::uint64_t>()> expected, std::function<engine_stats()> stats,
                   retry_options const& retry, progress_checks checks, progress_words words)
    : quiet_(style == progress_style::quiet),
      bar_(!quiet_ && has_bar()),
      counters_(counters),
      expected_(std::move(expected)),
      stats_(std::move(stats)),
      checks_(checks == progress_checks::yes),
      words_(words),
      trouble_(retry),
      thread_([this](std::stop_token stop) { run(std::move(stop)); }) {}

progress::~progress() {
    thread_ = {};
    erase();
}

void progress::run(std::stop_token stop) {
    std::unique_lock lock(mutex_);
    auto next_log = began_ + log_every;
    while (!wake_.wait_for(lock, stop, bar_ ? redraw_every : poll_every, [&stop] { return stop.stop_requested(); })) {
        lock.unlock();  // the engine may be in note()
        auto const engine = stats_();
        lock.lock();
        watch(engine);
        if (quiet_ || (!bar_ && clock::now() < next_log)) continue;
        draw(engine);
        next_log += log_every;
    }
}

void progress::watch(engine_stats const& engine) {
    auto const answered = engine.samples_delivered + counters_.delivered.load(std::memory_order_relaxed) +
                          counters_.missing.load(std::memory_order_relaxed) +
                          counters_.failed.load(std::memory_order_relaxed);
    // The error of the last batch does not matter once nothing is in flight.
    bool const is_busy = engine.batches_in_flight > 0 || engine.calls_in_flight > 0;
    auto const line =
        trouble_.update(is_busy ? engine.trouble : std::nullopt, engine.wire_bytes, answered, clock::now());
    if (!line) return;
    erase();
    put(*line + "\n");
}

progress_state progress::state(engine_stats const& engine) {
    progress_state s;
    s.delivered = counters_.delivered.load(std::memory_order_relaxed);
    s.missing = counters_.missing.load(std::memory_order_relaxed);
    s.failed = counters_.failed.load(std::memory_order_relaxed);
    s.bytes = counters_.bytes.load(std::memory_order_relaxed);
    s.expected = expected_();
    s.words = words_;
    s.in_flight = engine.batches_in_flight + engine.calls_in_flight;
    s.retries = engine.retries;
    s.hedges = engine.hedges;
    s.cold = engine.cold;
    s.trouble = trouble_.summary();
    if (checks_)
        s.wrong = counters_.wrong.load(std::memory_order_relaxed) + counters_.lost.load(std::memory_order_relaxed);
    auto const now = clock::now();
    s.elapsed = now - began_;
    recent_.push_back({now, s.answered(), s.bytes});
    while (recent_.size() > 2 && now - recent_[1].when > rate_span) recent_.pop_front();
    // The first sample of the counters is compared with the start.
    moment const since = recent_.size() > 1 ? recent_.front() : moment{began_, 0, 0};
    auto const span = std::chrono::duration<double>(now - since.when).count();
    if (span > 0) {
        s.samples_per_s = static_cast<double>(s.answered() - since.answered) / span;
        s.bytes_per_s = static_cast<double>(s.bytes - since.bytes) / span;
    }
    return s;
}

void progress::draw(engine_stats const& engine) {
    auto const s = state(engine);
    if (bar_)
        put("\r" + bar_line(s, columns()) + "\x1b[K");
    else
        put(log_line(s) + "\n");
    std::fflush(stderr);
    drawn_ = bar_;
}

void progress::erase() {
    if (drawn_) put("\r\x1b[K");
    drawn_ = false;
}

void progress::note(std::string_view line) {
    std::lock_guard lock(mutex_);
    erase();
    put(std::string(line) + "\n");
}

void progress::close() {
    thread_ = {};
    if (quiet_) return;
    auto const engine = stats_();
    trouble_.update(std::nullopt, 0, 0, clock::now());
    if (bar_) {
        draw(engine);  // the last state of the bar stays on the screen
        put("\n");
        drawn_ = false;
    }
    put(closing_line(state(engine)) + "\n");
}

}  // namespace aisle::cli
