#include <aisle/verdict.hpp>

#include <catch2/catch.hpp>

#include <chrono>

using namespace aisle;
using namespace std::chrono_literals;
using Catch::Matchers::Contains;

namespace {

// Two seconds of one busy thread whose requests spend their time at the target.
engine_stats interval() {
    engine_stats s;
    s.elapsed = 2s;
    s.threads = 1;
    s.samples_delivered = 1'000;
    s.wire_bytes = 10'000'000;
    s.busy = 2s;
    s.streams = 2s;
    s.cpu = 200ms;
    s.round_trip = 100us;
    for (int i = 0; i < 100; ++i) {
        s.latency.queued.add(0ms);
        s.latency.proxy.add(1ms);
        s.latency.first_byte.add(14ms);
        s.latency.transfer.add(5ms);
    }
    return s;
}

latency_histogram hundred(std::chrono::nanoseconds each) {
    latency_histogram h;
    for (int i = 0; i < 100; ++i) h.add(each);
    return h;
}

void check(engine_stats const& s, bound by, char const* reason) {
    auto const v = judge(s);
    CHECK(to_string(v.by) == to_string(by));
    CHECK_THAT(v.reason, Contains(reason));
}

}  // namespace

TEST_CASE("nothing is judged without samples") {
    auto s = interval();
    s.samples_delivered = 0;
    check(s, bound::nothing, "no sample arrived in 2.0 s");
    check({}, bound::nothing, "no sample arrived in 0.0 s");
}

TEST_CASE("samples that wait to be taken are the consumer's time") {
    auto s = interval();
    s.consumer = 1420ms;
    check(s, bound::consumer, "71 % of the time samples were waiting to be taken");
    s.cpu = 2s;  // even if others are busy too
    check(s, bound::consumer, "71 %");
    s.streams = 4s;  // of two streams, one waits
    s.cpu = 0s;
    check(s, bound::server, "70 %");
}

TEST_CASE("time without requests is the consumer's too") {
    auto s = interval();
    s.busy = 500ms;
    check(s, bound::consumer, "75 % of the time no batch was in flight");
}

TEST_CASE("threads that always compute are short of CPU") {
    auto s = interval();
    s.cpu = 1860ms;
    check(s, bound::client_cpu, "the engine's 1 network thread computed 93 % of the time");
    s.threads = 2;
    check(s, bound::server, "");
    s.cpu = 3800ms;
    check(s, bound::client_cpu, "2 network threads computed 95 %");
}

TEST_CASE("a full link is the network's limit, if its speed is known") {
    auto s = interval();
    s.wire_bytes = 2'300'000'000;
    check(s, bound::server, "");
    s.link_bytes_per_s = 1'250'000'000;
    check(s, bound::network, "1150 of the link's 1250 MB/s were used");
}

TEST_CASE("round trips that take most of a request's time are the network's") {
    auto s = interval();
    // 100 KB per answer: 2 + 2 round trips of 40 ms, of 220.
    s.round_trip = 40ms;
    s.latency.proxy = hundred(45ms);
    s.latency.first_byte = hundred(60ms);
    s.latency.transfer = hundred(115ms);
    check(s, bound::network, "a request took 220.0 ms; 4 round trips of 40.0 ms were 73 % of it");
    s.round_trip = 20ms;
    check(s, bound::server, "");
}

TEST_CASE("all other time is the server's, with the step that takes it") {
    auto s = interval();
    check(s, bound::server, "70 % of a request's 20.0 ms passed from the redirect to the target's first byte");
    s.latency.transfer = hundred(45ms);
    check(s, bound::server, "75 % of a request's 60.0 ms passed while the target sent the samples");
    s.latency.proxy = hundred(100ms);
    check(s, bound::server, "passed until a proxy redirected it");
    s.latency.queued = hundred(1s);
    s.refusals = 12;
    check(s, bound::server,
          "86 % of a request's 1159.0 ms passed before it was sent, because of the in-flight limit; the cluster "
          "refused 12 requests");
}
