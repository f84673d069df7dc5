#pragma once

#include <aisle/engine.hpp>
#include <aisle/playground/server.hpp>

#include <chrono>
#include <string>
#include <utility>
#include <vector>

namespace aisle::test {

inline engine_options patient_options(std::string endpoint) {
    engine_options o;
    o.endpoint = std::move(endpoint);
    o.proxy_timeout = std::chrono::seconds(60);  // a busy machine may stall for longer than the default
    return o;
}

/// A playground of synthetic objects and engine options for it. Each target has its own address, so that redirects lead
/// to other hosts, which only the cluster map confirms.
struct cluster {
    explicit cluster(std::uint64_t count, std::uint64_t size, playground::server_options options = {})
        : server(prepared(std::move(options), count, size)) {
        server.start();
    }

    static playground::server_options prepared(playground::server_options o, std::uint64_t count, std::uint64_t size) {
        o.made_up = playground::synthetic{"synthetic", count, size};
        o.seed = 7;
        bool const vouched = !o.tls_certificate.empty();  // for one address
        for (unsigned i = 0; o.target_hosts.size() < o.targets && !vouched; ++i)
            o.target_hosts.push_back("127.0.0." + std::to_string(2 + i));
        return o;
    }

    engine_options for_engine() const { return patient_options(server.endpoint()); }

    void spoil(std::string_view faults) { server.set_faults(playground::fault_plan::parse(faults).value()); }

    playground::server server;
};

/// Entries first, first + 1, ... of the synthetic bucket.
inline batch made_up(std::uint64_t first, std::uint64_t count, byte_range range = {}) {
    batch b{"ais://synthetic"};
    for (std::uint64_t i = 0; i < count; ++i) b.add(playground::synthetic_name(first + i), {.range = range});
    return b;
}

inline std::vector<batch> made_up_batches(std::uint64_t batches, std::uint64_t entries_each) {
    std::vector<batch> out;
    for (std::uint64_t i = 0; i < batches; ++i) out.push_back(made_up(i * entries_each, entries_each));
    return out;
}

/// The same batch again and again: such a stream ends only when it is told to.
inline batch_source endless_batches(std::uint64_t entries_each) {
    return [entries_each]() -> std::optional<batch> { return made_up(0, entries_each); };
}

/// One request per batch, also if the machine stalls for seconds: exact counts hold.
inline stream_options once_each() {
    stream_options out;
    out.retry = no_retry;
    out.hedging = false;
    return out;
}

/// True if a delivered sample has the bytes that its entry requested.
inline bool is_right(sample const& s) {
    auto const index = playground::synthetic_index(s.entry().object);
    auto const start = static_cast<std::uint64_t>(s.entry().range.start);
    return index && s.delivered() && playground::is_synthetic(*index, start, s.bytes());
}

}  // namespace aisle::test
