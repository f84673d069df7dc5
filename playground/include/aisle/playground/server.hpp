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

/// The options of a server. A plain value. The server checks them when it is created.
struct server_options {
    /// Address on which nodes listen, unless target_hosts or proxy_hosts give others: numeric or a name. The cluster
    /// map and Location fields contain this text.
    std::string host = "127.0.0.1";
    /// Port of the first proxy; 0: any free port. All other nodes use free ports.
    std::uint16_t port = 0;
    /// Number of targets, 1 to 64. A hash of bucket and name decides which target owns an object.
    unsigned targets = 3;
    /// Runs one target on each of these addresses, instead of `targets` targets on `host`. On Linux all of 127.0.0.0/8
    /// is the local machine, so "127.0.0.2" and "127.0.0.3" look like several hosts.
    std::vector<std::string> target_hosts = {};
    /// Runs one proxy on each of these addresses, at most 16; the first is the primary. Empty: one proxy on `host`. All
    /// proxies serve requests.
    std::vector<std::string> proxy_hosts = {};
    /// Number of threads, 1 to 256. A connection stays on its thread.
    unsigned threads = 1;
    /// Folder whose sub-folders are the buckets: "b" is ais://b and "s3:b" is s3://b (gs, az, oc likewise). A
    /// sub-folder named like a namespace ("#space", "@uuid", "@uuid#space") contains the buckets of that namespace.
    /// Empty: buckets and objects are kept in memory.
    std::filesystem::path root = {};
    /// False: requests cannot change the folder.
    bool writable_root = true;
    /// Buckets to create at the start if they do not exist: "ais://b", "s3://b", "ais://#space/b",
    /// "ais://@uuid#space/b". Requests cannot create buckets of other providers or of remote clusters; this option and
    /// folders can.
    std::vector<std::string> buckets = {};
    /// Buckets with a backend, "s3://b" or "s3:b", created at the start if they do not exist. Their objects are in the
    /// backend but not in the cluster: Get-Batch sends placeholders until a plain GET fetches an object into the
    /// cluster. Objects that are PUT are in both. The backend of an ais bucket is the S3 bucket of the same name, as
    /// HEAD reports. A made-up bucket can be cold too: "ais://synthetic".
    std::vector<std::string> cold = {};
    /// Extra time of a GET that fetches an object from the backend; not negative.
    std::chrono::milliseconds cold_latency{0};
    /// An additional bucket of made-up objects.
    std::optional<synthetic> made_up = {};
    /// Whether a request for ".tar.zst" gets a tar compressed with Zstandard, Content-Type application/zstd. AIStore
    /// does not support that format and sends a plain tar, as this server does if the option is off; only Content-Type
    /// shows it.
    bool zstd_output = true;
    /// Delay of the last bytes (at most 6 KiB) of each Get-Batch response; not negative. A cluster of several targets
    /// delays them by 100 ms. 0: no delay.
    std::chrono::milliseconds tail_delay{0};
    /// How long a target waits for an entry that the owning target does not send. Then it fetches the whole object and
    /// ignores the range. (AIStore's get_batch.max_wait, there 1 to 60 s.)
    std::chrono::milliseconds max_wait{20'000};
    /// How long the batches of a bucket fail after a target received a member that its owner could not read to the end:
    /// running ones end early with status 200, new ones likewise or, as multipart, with 400 "aborted". Not negative.
    /// Some seconds in AIStore. 0: only the batch with that member ends early.
    std::chrono::milliseconds abort_lasts{0};
    /// How long after that the target receives nothing from that owner, so that it waits max_wait for each entry. Not
    /// negative. More than 10 minutes in AIStore. 0: not at all.
    std::chrono::milliseconds broken_stream_lasts{0};
    /// How long after start() all nodes refuse requests while /v1/health responds 200: in the first half with 503
    /// "cluster is starting up", then with 400, because targets have no cluster map yet. Not negative.
    std::chrono::milliseconds startup{0};
    /// How long a redirect to a target is valid if its bucket gets no other request, and if it gets some.
    std::chrono::milliseconds redirect_idle{60'000};
    std::chrono::milliseconds redirect_abandoned{300'000};
    /// An idle connection is closed after this time.
    std::chrono::milliseconds idle_close{30'000};
    /// Returns the index of the target that owns an object, modulo `targets`, for tests that need an object on a
    /// certain node. Called from any thread. Empty: a hash decides.
    std::function<unsigned(std::string_view bucket, std::string_view object)> owner = {};
    /// Seed for all random choices (targets, IDs), so that a run can be repeated. 0: a different one each time.
    std::uint64_t seed = 0;
    /// PEM files with the certificate chain and its key: all nodes then serve https only. Give both or neither.
    std::string tls_certificate = {};
    std::string tls_key = {};
    /// PEM file with certificate authorities: clients need a certificate signed by one of them. Empty: clients need
    /// none.
    std::string tls_client_ca = {};
    /// If not empty, requests to a proxy need `Authorization: Bearer TOKEN`, except those for its health; otherwise it
    /// responds 401. Targets do not check tokens, as in AIStore.
    std::string token = {};
    /// Faults to inject, from the first response on.
    fault_plan faults = {};

    /// Options with the delays of a real cluster, which are 0 by default: tail_delay, abort_lasts, broken_stream_lasts;
    /// and without zstd_output, which AIStore does not have.
    static server_options like_aistore();
};

/// A node of the cluster map. A plain value.
struct server_node {
    std::string id;
    std::string url;  ///< "http://HOST:PORT" or "https://HOST:PORT"
};

/// Counters since start(). Each is exact, but they are not read at the same instant.
struct server_stats {
    std::uint64_t connections = 0;     ///< accepted by all nodes
    std::uint64_t requests = 0;        ///< request heads read
    std::uint64_t redirects = 0;       ///< Get-Batch requests that a proxy redirected
    std::uint64_t batches = 0;         ///< Get-Batch responses that targets started
    std::uint64_t members = 0;         ///< archive members written, including placeholders
    std::uint64_t bytes_sent = 0;      ///< bytes written to sockets
    std::uint64_t faults_applied = 0;  ///< faults injected, counted per response
};

/// A small AIStore cluster in one process: proxies and targets, each on its own port, that behave like real ones. For
/// tests, demonstrations and measurements on one machine. It has no replication, no access rights except one token, and
/// keeps only the files under `root`: do not expose it to a network.
///
/// Serves Get-Batch (tar, tgz, zip, tar.lz4 and tar.zst; streaming and multipart; members of tar, tgz, zip and tar.lz4
/// shards), buckets, objects, listings, health and the cluster map.
///
/// start(), stop() and the destructor must be called on one thread. All other members are thread-safe.
class server {
public:
    /// Throws aisle::exception (errc::invalid_argument) if an option is out of its range, root is not a folder, or a
    /// PEM file cannot be used.
    explicit server(server_options options);
    /// Calls stop().
    ~server();
    server(server const&) = delete;
    server& operator=(server const&) = delete;

    /// Binds all ports and starts serving on its own threads. Throws aisle::exception with the system's code if a port
    /// cannot be bound; error::text names the address. Call it once.
    void start();
    /// Closes all connections, also in the middle of a response, and joins the threads. May be called again.
    void stop();

    /// Port of the first proxy. Valid after start().
    std::uint16_t port() const;
    /// "http://HOST:PORT" or "https://HOST:PORT" of the first proxy. Valid after start().
    std::string endpoint() const;
    /// In the order of proxy_hosts. Valid after start().
    std::vector<server_node> proxies() const;
    /// In the order of target_hosts. fault::at refers to the index of a node here. Valid after start().
    std::vector<server_node> targets() const;

    /// The URIs of all buckets: "ais://b", "s3://b", "ais://#space/b".
    std::vector<std::string> buckets() const;

    /// Removes all objects of a bucket with a backend from the cluster, so that they are cold again. bucket: as in
    /// server_options::cold. False if there is no such bucket.
    bool evict(std::string_view bucket);

    /// Replaces the faults and resets their counters. Responses that have started keep their faults.
    void set_faults(fault_plan faults);
    /// Sets the required token; empty: none is required.
    void set_token(std::string token);
    server_stats stats() const;

private:
    class impl;
    std::unique_ptr<impl> impl_;
};

}  // namespace aisle::playground
