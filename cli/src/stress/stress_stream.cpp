#include "stress_stream.hpp"

#include "stress_verifier.hpp"

#include <atomic>
#include <deque>
#include <future>
#include <memory>

namespace aisle::cli {
namespace {

/// How much a holding consumer keeps: enough that slabs are released in another order than they arrived.
constexpr std::size_t most_held = 48;
constexpr std::size_t most_held_bytes = std::size_t{16} << 20;

/// Samples that a consumer keeps for a while before it checks them.
class held_samples {
public:
    explicit held_samples(stress_verifier& verifier) : verifier_(verifier) {}

    void take(sample s) {
        bytes_ += s.size();
        // Detach some, like a data loader that keeps one sample of a batch.
        if (s.delivered() && s.index() % 16 == 5) s.detach();
        held_.push_back(std::move(s));
        while (held_.size() > most_held || bytes_ > most_held_bytes) check_oldest();
    }
    void check_all() {
        while (!held_.empty()) check_oldest();
    }

private:
    void check_oldest() {
        bytes_ -= held_.front().size();
        verifier_.check(held_.front());
        held_.pop_front();
    }

    stress_verifier& verifier_;
    std::deque<sample> held_;
    std::size_t bytes_ = 0;
};

}  // namespace

void run_stress_round(engine& client, stress_plan const& plan, stress_round const& round, stream_options const& base,
                      stress_tally& tally, std::function<bool()> const& more, std::stop_token stop) {
    stress_verifier verifier(plan, round, tally);
    auto how = base;
    how.output_format = round.way.format;
    how.streaming_get = round.way.streaming;
    how.only_obj_name = round.way.only_obj_name;
    how.send_opaque = true;
    how.order = round.way.order;
    how.in_flight = round.way.in_flight;
    how.on_batch_end = [&](batch_report const& report) { tally.add_batch(round.way, report); };
    std::atomic<std::uint64_t> taken{0};
    auto source = [&]() -> std::optional<batch> {
        auto const n = taken.load(std::memory_order_relaxed);
        if (n == round.batch_sizes.size() || (n > 0 && !more())) return std::nullopt;
        taken.store(n + 1, std::memory_order_relaxed);
        return plan.make_batch(round, n);
    };

    result<summary> ended = summary{};
    if (round.way.consumer == stress_consumer::push) {
        // Shared, because set_value() may still be running on another thread when the result is here.
        auto const done = std::make_shared<std::promise<result<summary>>>();
        auto cancel = client.start(
            source, std::move(how), [&verifier](sample s) { verifier.check(s); },
            [done](result<summary> r) { done->set_value(std::move(r)); });
        std::stop_callback const on_stop(std::move(stop), [&cancel] { cancel(); });
        ended = done->get_future().get();
    } else {
        held_samples held(verifier);
        auto stream = client.open(source, std::move(how));
        std::stop_callback const on_stop(std::move(stop), [&stream] { stream.cancel(); });
        while (auto s = stream.next())
            if (round.way.consumer == stress_consumer::pull)
                verifier.check(*s);
            else
                held.take(std::move(*s));
        held.check_all();
        ended = stream.finish();
    }
    if (ended)
        verifier.finish(taken);
    else if (ended.error().code != errc::cancelled)
        throw exception(ended.error());
}

}  // namespace aisle::cli
