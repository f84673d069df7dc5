// Aisle in process, through its public interface. --mode is
//   push     a sink on the engine's thread drops blocks: the cost of a data loader's callback
//   samples  the same, sample by sample
//   as_done  as push, batches in order of completion: no batch waits for an earlier one
//   pull     this thread takes the blocks, the engine's thread reads ahead
//   one      one batch at a time, its samples pulled; first_ms and whole_ms are measured at this consumer
// --in-flight=0 is automatic.

#include "job.hpp"

#include <aisle/engine.hpp>

#include <cstdio>
#include <future>
#include <stdexcept>

namespace {

using bench::job;

struct tally {
    std::uint64_t samples = 0;
    std::uint64_t bytes = 0;
};

class client {
public:
    explicit client(job const& j) : job_(j), engine_(options_for(j)) {
        options_.in_flight = j.in_flight;
        options_.output_format = j.format;
    }

    void run() {
        if (job_.mode == "as_done") options_.order = aisle::batch_order::completed;
        if (job_.mode == "push" || job_.mode == "as_done") {
            push([this](aisle::sample_block block) { take(block); });
        } else if (job_.mode == "samples") {
            push([this](aisle::sample s) { take(s); });
        } else if (job_.mode == "pull") {
            pull();
        } else if (job_.mode == "one") {
            one_by_one();
        } else {
            throw std::runtime_error("--mode is push, samples, as_done, pull or one");
        }
        watch_.stop();
        if (came_.samples != job_.batches * job_.batch)
            throw std::runtime_error(std::to_string(came_.samples) + " samples of " +
                                     std::to_string(job_.batches * job_.batch));
        watch_.print(came_.samples, came_.bytes, std::move(times_), engine_.stats().reads);
    }

private:
    static aisle::engine_options options_for(job const& j) {
        aisle::engine_options o{.endpoint = j.endpoint};
        if (j.shards > 0) o.shards = j.shards;
        return o;
    }

    aisle::batch batch_at(std::size_t index) const {
        aisle::batch b("ais://" + job_.bucket);
        b.reserve(job_.batch);
        for (std::size_t i = 0; i < job_.batch; ++i) b.add(job_.name(index, i));
        return b;
    }

    aisle::batch_source source() {
        return [this, next = std::size_t{0}]() mutable -> std::optional<aisle::batch> {
            if (next == job_.batches) return std::nullopt;
            return batch_at(next++);
        };
    }

    // The whole consumer: counts and drops samples.
    void take(aisle::sample_block const& block) {
        for (auto const s : block) take(s);
    }

    void take(aisle::sample_view s) {
        watch_.first_sample();
        came_.samples += s.delivered();
        came_.bytes += s.size();
    }

    void push(aisle::sample_sink sink) {
        options_.on_batch_end = [this](aisle::batch_report const& r) {
            times_.first_ms.push_back(std::chrono::duration<double, std::milli>(r.first_sample).count());
            times_.whole_ms.push_back(std::chrono::duration<double, std::milli>(r.last_sample).count());
        };
        std::promise<aisle::result<aisle::summary>> ended;
        engine_.start(source(), options_, std::move(sink),
                      [&ended](aisle::result<aisle::summary> r) { ended.set_value(std::move(r)); });
        must(ended.get_future().get());
    }

    void pull() {
        auto stream = engine_.open(source(), options_);
        while (auto const block = stream.next_block()) take(*block);
        must(stream.finish());
    }

    void one_by_one() {
        for (std::size_t i = 0; i < job_.batches; ++i) {
            auto b = batch_at(i);
            auto const asked = bench::stopwatch::clock::now();
            std::size_t had = 0;
            for (auto& s : engine_.get(std::move(b), options_)) {
                if (had++ == 0) times_.first_ms.push_back(watch_.ms_since(asked));
                if (had == job_.batch) times_.whole_ms.push_back(watch_.ms_since(asked));
                take(s);
            }
        }
    }

    static void must(aisle::result<aisle::summary> const& r) {
        if (!r) throw std::runtime_error(r.error().message());
        if (r->fault) std::fprintf(stderr, "bench_aisle: first fault: %s\n", r->fault->message().c_str());
    }

    job const& job_;
    aisle::engine engine_;
    aisle::stream_options options_;
    tally came_;
    bench::batch_times times_;
    bench::stopwatch watch_;
};

}  // namespace

int main(int argc, char** argv) try {
    auto const j = bench::read_job(argc, argv);
    client(j).run();
    return 0;
} catch (std::exception const& e) {
    std::fprintf(stderr, "bench_aisle: %s\n", e.what());
    return 1;
}
