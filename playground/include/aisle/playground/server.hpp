#pragma once

#include <aisle/playground/fault.hpp>
#include <aisle/playground/synthetic.hpp>

#include <chrono>
#include <cstdint>
#include <filesystem>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace aisle::playground {

/// What a server is made of. A plain value.
struct server_options {
    /// Address all nodes listen on unless they have one of their own, numeric or a name. The cluster map and Locations
    /// have it as it stands here.
    std::string host = "127.0.0.1";
    /// Port of the first proxy, 0 = any free one. All other nodes take any free ports.
    std::uint16_t port = 0;
    /// Targets beside the proxy, 1 to 64. Each object is owned by one of them, by a hash of bucket and name.
    unsigned targets = 3;
    /// One target on each of these addresses, in place of `targets` of them on `host`. On Linux all of 127.0.0.0/8 is
    /// this machine, so that a cluster of several hosts can be played: "127.0.0.2", "127.0.0.3".
    std::vector<std::string> target_hosts = {};
    /// One proxy on each of these addresses, at most 16, the first of them the primary. Empty: one proxy on `host`.
    /// Every proxy serves.
    std::vector<std::string> proxy_hosts = {};
    /// Threads that serve, at least 1. A connection stays on its thread.
    unsigned threads = 1;
    /// Folder whose sub-folders are the buckets: "b" is ais://b and "s3:b" is s3://b (gs, az, oc likewise). A
    /// sub-folder named after a namespace ("#space", "@uuid", "@uuid#space") holds the buckets of that namespace.
    /// Empty: buckets and what is PUT live in memory.
    std::filesystem::path root = {};
    /// False: requests cannot change what is in that folder.
    bool writable_root = true;
    /// Buckets that are made at the start where they are not there: "ais://b", "s3://b", "ais://#space/b",
    /// "ais://@uuid#space/b". The only way, besides folders, to have buckets of other providers and of remote clusters:
    /// no request can create them.
    std::vector<std::string> buckets = {};
    /// Buckets with a backend, "s3://b" or "s3:b", made at the start where they are not there. Their objects are in the
    /// backend and not in the cluster: Get-Batch answers placeholders, until a plain GET brings an object, which then
    /// stays; so does what is PUT. An ais bucket here has the S3 bucket of its name as backend, which HEAD tells.
    /// For a made-up bucket too: "ais://synthetic".
    std::vector<std::string> cold = {};
    /// How much longer a GET takes that brings an object from the backend.
    std::chrono::milliseconds cold_latency{0};
    /// A bucket of made-up objects beside the others.
    std::optional<synthetic> made_up = {};
    /// Answers `mime` ".tar.zst" with a tar compressed by Zstandard, Content-Type application/zstd. AIStore has no such
    /// output: there, and here when this is off, the answer is a plain tar, which only its Content-Type tells.
    bool zstd_output = true;
    /// How long the last bytes (at most 6 KiB) of each Get-Batch answer are held back. A cluster of several targets
    /// holds them for 100 ms; 0 sends them at once.
    std::chrono::milliseconds tail_delay{0};
    /// How long a target waits for an entry that the entry's owner does not send, before it fetches the whole object
    /// itself, ignoring the range (AIStore's get_batch.max_wait, 1 to 60 s there).
    std::chrono::milliseconds max_wait{20'000};
    /// For how long batches of a bucket come to nothing after a target received a member that its owner could not read
    /// to the end: those under way end early under 200, those that begin do so too, or get 400 "aborted" in parts. Some
    /// seconds there; 0: only the batch with the member ends early.
    std::chrono::milliseconds abort_lasts{0};
    /// For how long after that nothing arrives at that target of what that owner sends, so that each entry is waited
    /// for as long as max_wait says. More than 10 minutes there; 0: not at all.
    std::chrono::milliseconds broken_stream_lasts{0};
    /// For how long after start() all nodes refuse requests, but /v1/health says 200: for the first half of it with 503
    /// "cluster is starting up", then, because targets have no cluster map yet, with 400.
    std::chrono::milliseconds startup{0};
    /// How long a redirect to a target is good for when its bucket gets no other request, and when it does.
    std::chrono::milliseconds redirect_idle{60'000};
    std::chrono::milliseconds redirect_abandoned{300'000};
    /// After how long without a request a connection is closed.
    std::chrono::milliseconds idle_close{30'000};
    /// Which target owns an object, as a number taken modulo `targets`: for tests that need an object on a certain
    /// node. Called from any thread. Empty: by a hash.
    std::function<unsigned(std::string_view bucket, std::string_view object)> owner = {};
    /// Seed of everything random (which target answers, ids), so that a run can be repeated. 0 = different each time.
    std::uint64_t seed = 0;
    /// Certificate chain and key, PEM files: all nodes then speak https only. Both or neither.
    std::string tls_certificate = {};
    std::string tls_key = {};
    /// PEM file of the authorities one of which must have signed the client's certificate. Empty: none is asked for.
    std::string tls_client_ca = {};
    /// Not empty: what requests to the proxy must bear as `Authorization: Bearer TOKEN`, those for its health excepted;
    /// it answers 401 otherwise. Targets do not ask, as in AIStore.
    std::string token = {};
    /// What to spoil, from the first answer on.
    fault_plan faults = {};

    /// Options with the times of a real cluster where the default saves them: tail_delay, abort_lasts and
    /// broken_stream_lasts; and without output that AIStore does not have.
    static server_options like_aistore();
};

/// A node as the cluster map names it. A plain value.
struct server_node {
    std::string id;
    std::string url;  ///< "http://HOST:PORT" or "https://HOST:PORT"
};

/// Counters since start(); each is exact, together they may be a few events apart.
struct server_stats {
    std::uint64_t connections = 0;     ///< accepted, by the proxy and the targets
    std::uint64_t requests = 0;        ///< heads read, of any kind
    std::uint64_t redirects = 0;       ///< Get-Batch requests answered with 307 by the proxy
    std::uint64_t batches = 0;         ///< Get-Batch answers begun by targets
    std::uint64_t members = 0;         ///< archive members written, placeholders among them
    std::uint64_t bytes_sent = 0;      ///< bytes given to sockets
    std::uint64_t faults_applied = 0;  ///< answers spoilt, once for each fault
};

/// A small AIStore cluster in one process: proxies and targets, each on a port of its own, that answer as real ones do,
/// for tests, demonstrations and measurements on one machine. No replication, no rights but those of one token, nothing
/// survives but the files under `root`: do not put it on a network.
///
/// Serves Get-Batch (tar, tgz, zip, tar.lz4 and tar.zst; streaming and multipart; members of tar, tgz, zip and tar.lz4
/// shards), buckets, objects, listings, health and the cluster map.
/// start(), stop() and the destructor are for one thread; everything else may be called from any.
class server {
public:
    /// Checks the options; throws aisle::exception (errc::invalid_argument) when one is out of its range, root is not a
    /// folder, or a PEM file cannot be used.
    explicit server(server_options options);
    /// stop().
    ~server();
    server(server const&) = delete;
    server& operator=(server const&) = delete;

    /// Binds all ports and begins to serve on threads of its own. Throws aisle::exception when a port cannot be bound.
    /// Call once.
    void start();
    /// Closes everything and joins the threads. Answers under way are cut. May be called again.
    void stop();

    /// The first proxy's port. Valid after start().
    std::uint16_t port() const;
    /// "http://HOST:PORT" or "https://HOST:PORT" of the first proxy. Valid after start().
    std::string endpoint() const;
    /// In the order of their hosts. Valid after start().
    std::vector<server_node> proxies() const;
    /// In the order of their hosts; the index of a node here is its number in faults. Valid after start().
    std::vector<server_node> targets() const;

    /// The buckets there are, as URIs: "ais://b", "s3://b", "ais://#space/b".
    std::vector<std::string> buckets() const;

    /// Removes all objects of a bucket with a backend from the cluster, so that they are cold again; its URI as in
    /// server_options::cold. False when there is no such bucket.
    bool evict(std::string_view bucket);

    /// Replaces the faults and starts their counting anew; answers already begun keep theirs.
    void set_faults(fault_plan faults);
    /// The token that is asked for from now on; empty: none.
    void set_token(std::string token);
    server_stats stats() const;

private:
    class impl;
    std::unique_ptr<impl> impl_;
};

}  // namespace aisle::playground
