#pragma once

#include "fault.hpp"

#include <array>
#include <cstdint>
#include <memory>
#include <string>
#include <vector>

namespace aisle::faults {

struct relay_options {
    /// Proxies it stands in front of, each "http://HOST:PORT". They are the nodes 0, 1, ..
    std::vector<std::string> upstreams = {};
    /// Where it listens, and what answers are made to say in place of the nodes' addresses. Empty: for each node at the
    /// node's own address, on another port.
    std::string host = "127.0.0.1";
    /// Port for the first upstream; 0 and all others: any free one.
    std::uint16_t port = 0;
};

/// Counters since the start; each is exact, together they may be a few events apart.
struct relay_stats {
    std::uint64_t connections = 0;  ///< accepted
    std::uint64_t open = 0;         ///< of these, now
    std::uint64_t requests = 0;     ///< heads read from clients
    std::uint64_t answers = 0;      ///< passed to their end, or given by itself
    std::uint64_t bytes = 0;        ///< passed to clients
    std::uint64_t accept_resets = 0;
    /// Faults that really happened: what lay behind an answer's end is not among them. By fault_kind.
    std::array<std::uint64_t, fault_kinds> faults{};

    std::uint64_t of(fault_kind kind) const noexcept { return faults[static_cast<std::size_t>(kind)]; }
    std::uint64_t all_faults() const noexcept;
    std::string json() const;
};

/// Stands between a client and an AIStore cluster, passes everything on, and spoils answers as its plan says.
///
/// Each node of the cluster gets a port of its own here: the Location of redirects and the direct_url of cluster maps
/// are rewritten to it, so that a client that follows them stays behind the relay. Every client connection has one
/// connection to the node behind it, ended when it ends, by a reset, so that none rests in TIME_WAIT. Plain HTTP/1.1
/// only; requests sent ahead (pipelining) are answered one after the other.
///
/// Runs on a thread of its own. Everything may be called from any thread.
class relay {
public:
    /// Listens and begins. Throws aisle::exception when an address is none or a port cannot be bound.
    explicit relay(relay_options options);
    /// Cuts everything and joins the thread.
    ~relay();
    relay(relay const&) = delete;
    relay& operator=(relay const&) = delete;

    /// "http://HOST:PORT" that stands for an upstream.
    std::string endpoint(std::size_t upstream = 0) const;
    /// From the next request and the next connection on. The default plan passes everything.
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
