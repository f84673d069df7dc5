#pragma once

#include "fault.hpp"

#include <array>
#include <cstdint>
#include <memory>
#include <string>
#include <vector>

namespace aisle::faults {

struct relay_options {
    /// The proxies, each "http://HOST:PORT". They are the nodes 0, 1, ...
    std::vector<std::string> upstreams = {};
    /// Where it listens, and the address that replaces the nodes' addresses in answers. Empty: for each node the node's
    /// own address, with another port.
    std::string host = "127.0.0.1";
    /// Port for the first upstream; 0 and all others: any free one.
    std::uint16_t port = 0;
};

/// Counters since the start. Each is exact, but they are not read at one moment.
struct relay_stats {
    std::uint64_t connections = 0;  ///< accepted
    std::uint64_t open = 0;         ///< of these, now
    std::uint64_t requests = 0;     ///< heads read from clients
    std::uint64_t answers = 0;      ///< passed to their end, or sent by the relay itself
    std::uint64_t bytes = 0;        ///< passed to clients
    std::uint64_t accept_resets = 0;
    /// Faults that really happened: not those after an answer's end. By fault_kind.
    std::array<std::uint64_t, fault_kinds> faults{};

    std::uint64_t of(fault_kind kind) const noexcept { return faults[static_cast<std::size_t>(kind)]; }
    std::uint64_t all_faults() const noexcept;
    std::string json() const;
};

/// Runs between a client and an AIStore cluster, passes everything on, and injects faults by its plan.
///
/// Each node of the cluster gets its own port here. The Location of redirects and the direct_url of cluster maps are
/// rewritten to it, so that a client that follows them stays behind the relay. Every client connection has one
/// connection to its node, which ends with it, by a reset, so that none is left in TIME_WAIT. Plain HTTP/1.1 only;
/// pipelined requests are answered one after another.
///
/// Runs its own thread. All functions may be called from any thread.
class relay {
public:
    /// Starts listening. Throws aisle::exception if an address is invalid or a port cannot be bound.
    explicit relay(relay_options options);
    /// Closes all connections and joins the thread.
    ~relay();
    relay(relay const&) = delete;
    relay& operator=(relay const&) = delete;

    /// The "http://HOST:PORT" that replaces an upstream.
    std::string endpoint(std::size_t upstream = 0) const;
    /// Applies from the next request and the next connection on. The default plan passes everything.
    void set_plan(plan what);
    /// set_plan(by_rules(parse_rules(rules))); throws aisle::exception.
    void spoil(std::string_view rules);
    /// Resets every open connection.
    void reset_connections();

    relay_stats stats() const;
    /// host:port of the nodes known so far, by number.
    std::vector<std::string> nodes() const;

private:
    class impl;
    std::unique_ptr<impl> impl_;
};

}  // namespace aisle::faults
