// docs/observability.md has a row for each metric here. The names are those that OpenTelemetry's Prometheus exporter
// derives from the OpenTelemetry names there: dots become underscores, the unit and "_total" are appended.
#include <aisle/prometheus.hpp>

#include <array>
#include <chrono>

namespace aisle {
namespace {

using std::chrono::nanoseconds;

double seconds(nanoseconds t) {
    return std::chrono::duration<double>(t).count();
}

template <class Of, class Value>
struct metric {
    char const* name;
    Value Of::* value;
    char const* help;
};

constexpr std::array<metric<engine_stats, std::uint64_t>, 14> counts = {{
    {"aisle_samples_total", &engine_stats::samples_delivered, "Samples delivered"},
    {"aisle_payload_bytes_total", &engine_stats::payload_bytes, "Bytes of delivered samples"},
    {"aisle_network_received_bytes_total", &engine_stats::wire_bytes,
     "Bytes read from sockets, including headers and framing"},
    {"aisle_reads_total", &engine_stats::reads, "Socket reads"},
    {"aisle_connections_opened_total", &engine_stats::connections, "Connections opened"},
    {"aisle_requests_total", &engine_stats::requests, "Get-Batch requests of all kinds, sent to a proxy"},
    {"aisle_retries_total", &engine_stats::retries,
     "Get-Batch requests repeated after an error, for the remaining entries"},
    {"aisle_hedges_total", &engine_stats::hedges, "Second copies of slow Get-Batch requests"},
    {"aisle_hedges_won_total", &engine_stats::hedges_won, "Hedges that delivered a sample before the first copy"},
    {"aisle_plain_gets_total", &engine_stats::plain_gets, "Entries requested by a plain GET"},
    {"aisle_cold_gets_total", &engine_stats::cold,
     "Plain GETs of cold entries, which the cluster fetched from a backend"},
    {"aisle_refusals_total", &engine_stats::refusals, "Responses 429 and 503"},
    {"aisle_redirects_dropped_total", &engine_stats::redirects_dropped,
     "Redirects not followed, because the target is sick or full"},
    {"aisle_tail_faults_total", &engine_stats::tail_faults, "Responses that were damaged after their last sample"},
}};

constexpr std::array<metric<engine_stats, nanoseconds>, 4> times = {{
    {"aisle_cpu_time_seconds_total", &engine_stats::cpu, "CPU time of the engine's threads, user and system"},
    {"aisle_busy_time_seconds_total", &engine_stats::busy,
     "Time during which batches were in flight, summed over threads"},
    {"aisle_consumer_time_seconds_total", &engine_stats::consumer,
     "Time during which samples waited for the consumer, summed over streams"},
    {"aisle_stream_time_seconds_total", &engine_stats::streams, "Time that streams were open, summed over streams"},
}};

constexpr std::array<metric<engine_stats, std::uint32_t>, 4> present = {{
    {"aisle_threads", &engine_stats::threads, "Network threads"},
    {"aisle_batches_in_flight", &engine_stats::batches_in_flight, "Batches in flight"},
    {"aisle_calls_in_flight", &engine_stats::calls_in_flight, "Bucket operations in flight"},
    {"aisle_window", &engine_stats::window, "In-flight limit of the newest stream"},
}};

struct memory_state {
    char const* state;
    std::uint64_t engine_stats::* bytes;
};
constexpr std::array memory_states = {memory_state{"in_use", &engine_stats::slab_bytes_in_use},
                                      memory_state{"held", &engine_stats::held_bytes},
                                      memory_state{"idle", &engine_stats::slab_bytes_idle}};

struct request_step {
    char const* step;
    latency_histogram latency_stats::* latency;
};
constexpr std::array steps = {
    request_step{"queued", &latency_stats::queued}, request_step{"proxy", &latency_stats::proxy},
    request_step{"first_byte", &latency_stats::first_byte}, request_step{"transfer", &latency_stats::transfer}};

constexpr std::array<metric<latency_stats, latency_histogram>, 3> latencies = {{
    {"aisle_batch_duration_seconds", &latency_stats::batch, "Time from a batch's start to its last sample"},
    {"aisle_batch_first_sample_duration_seconds", &latency_stats::first_sample,
     "Time from a batch's start to its first whole sample"},
    {"aisle_hedge_delay_seconds", &latency_stats::hedge_delay, "Time from a request's redirect to its hedge"},
}};

constexpr std::array<metric<target_stats, std::uint64_t>, 5> target_counts = {{
    {"aisle_target_requests_total", &target_stats::requests, "Finished requests that were redirected to the target"},
    {"aisle_target_samples_total", &target_stats::samples, "Samples that the target sent"},
    {"aisle_target_payload_bytes_total", &target_stats::bytes, "Payload bytes that the target sent"},
    {"aisle_target_failures_total", &target_stats::failures,
     "Requests to the target that ended with an error, refusals included, cancelled ones not"},
    {"aisle_target_refusals_total", &target_stats::refusals, "Responses 429 and 503 of the target"},
}};

constexpr std::array<metric<target_counters, std::uint64_t>, 9> cluster_counts = {{
    {"aisle_cluster_batches_total", &target_counters::batches,
     "Batches that ended at the target, failed ones included"},
    {"aisle_cluster_objects_total", &target_counters::objects, "Whole objects that the target sent"},
    {"aisle_cluster_objects_payload_bytes_total", &target_counters::object_bytes, "Bytes of these objects"},
    {"aisle_cluster_members_total", &target_counters::members, "Members of shards that the target sent"},
    {"aisle_cluster_members_payload_bytes_total", &target_counters::member_bytes, "Bytes of these members"},
    {"aisle_cluster_soft_errors_total", &target_counters::soft_errors,
     "Entries that were missing or had to be recovered"},
    {"aisle_cluster_hard_errors_total", &target_counters::hard_errors, "Batches that failed or were refused with 429"},
    {"aisle_cluster_recoveries_total", &target_counters::recoveries,
     "Entries that the target fetched from their owner, because the owner did not send them"},
    {"aisle_cluster_failed_recoveries_total", &target_counters::failed_recoveries, "Recoveries that failed"},
}};

constexpr std::array<metric<target_counters, nanoseconds>, 2> cluster_times = {{
    {"aisle_cluster_peer_wait_time_seconds_total", &target_counters::peer_wait,
     "Time that the target waited for entries from other targets"},
    {"aisle_cluster_throttle_time_seconds_total", &target_counters::throttled,
     "Time that the target delayed requests because it was under load"},
}};

metric_labels with(metric_labels labels, char const* name, std::string value) {
    labels.push_back({name, std::move(value)});
    return labels;
}

// Writes metric by metric, each with a series for each engine.
class engine_text {
public:
    explicit engine_text(std::span<labelled_stats const> engines) : engines_(engines) {}

    std::string write() {
        for (auto const& m : counts)
            of_each([&](auto const& e) { out_.counter(m.name, m.help, e.stats.*m.value, e.labels); });
        for (auto const& m : times)
            of_each([&](auto const& e) { out_.counter(m.name, m.help, seconds(e.stats.*m.value), e.labels); });
        for (auto const& m : present)
            of_each([&](auto const& e) { out_.gauge(m.name, m.help, e.stats.*m.value, e.labels); });
        machine();
        latency();
        targets();
        return std::move(out_).take();
    }

private:
    template <class Write>
    void of_each(Write write) {
        for (auto const& e : engines_) write(e);
    }

    void machine() {
        of_each([&](auto const& e) {
            out_.gauge("aisle_network_round_trip_seconds",
                       "Network round trip as measured by TCP; 0: no connection yet", seconds(e.stats.round_trip),
                       e.labels);
        });
        of_each([&](auto const& e) {
            out_.gauge("aisle_network_link_speed_bytes_per_second", "Speed of this machine's network links; 0: unknown",
                       static_cast<double>(e.stats.link_bytes_per_s), e.labels);
        });
        of_each([&](auto const& e) {
            for (auto const& m : memory_states)
                out_.gauge("aisle_memory_usage_bytes",
                           "Memory of responses in progress (in_use), of samples that the consumer holds (held), and "
                           "kept for reuse (idle)",
                           static_cast<double>(e.stats.*m.bytes), with(e.labels, "state", m.state));
        });
        of_each([&](auto const& e) {
            out_.gauge("aisle_recovering", "1 while the engine recovers from an error and no sample arrives",
                       e.stats.trouble ? 1 : 0, e.labels);
        });
    }

    void latency() {
        of_each([&](auto const& e) {
            for (auto const& s : steps)
                out_.histogram("aisle_request_step_duration_seconds",
                               "Time of requests in each step: queued, proxy, first_byte, transfer",
                               e.stats.latency.*s.latency, with(e.labels, "step", s.step));
        });
        for (auto const& m : latencies)
            of_each([&](auto const& e) { out_.histogram(m.name, m.help, e.stats.latency.*m.value, e.labels); });
    }

    void targets() {
        for (auto const& m : target_counts)
            of_each_target(
                [&](target_stats const& t, auto const& labels) { out_.counter(m.name, m.help, t.*m.value, labels); });
        of_each_target([&](target_stats const& t, auto const& labels) {
            out_.gauge("aisle_target_health", "1: as fast as the others; 0.5: half as fast; 0: avoided", t.health,
                       labels);
        });
        of_each_target([&](target_stats const& t, auto const& labels) {
            out_.histogram("aisle_target_request_duration_seconds", "Time from the redirect to the last sample",
                           t.latency, labels);
        });
    }

    template <class Write>
    void of_each_target(Write write) {
        of_each([&](auto const& e) {
            for (auto const& t : e.stats.targets) write(t, with(e.labels, "target", t.name));
        });
    }

    std::span<labelled_stats const> engines_;
    prometheus_writer out_;
};

}  // namespace

std::string prometheus_text(engine_stats const& stats) {
    labelled_stats const only{{}, stats};
    return prometheus_text(std::span(&only, 1));
}

std::string prometheus_text(std::span<labelled_stats const> engines) {
    return engine_text(engines).write();
}

std::string prometheus_text(cluster_stats const& cluster) {
    prometheus_writer out;
    for (auto const& m : cluster_counts)
        for (auto const& t : cluster.targets)
            out.counter(m.name, m.help, t.*m.value, {{"target", t.name}, {"target_id", t.id}});
    for (auto const& m : cluster_times)
        for (auto const& t : cluster.targets)
            out.counter(m.name, m.help, seconds(t.*m.value), {{"target", t.name}, {"target_id", t.id}});
    return std::move(out).take();
}

}  // namespace aisle
