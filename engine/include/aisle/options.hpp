#pragma once

#include <aisle/error.hpp>
#include <aisle/export.h>
#include <aisle/log.hpp>
#include <aisle/retry.hpp>
#include <aisle/security.hpp>

#include <chrono>
#include <cstdint>
#include <functional>
#include <memory>
#include <memory_resource>
#include <optional>
#include <string>

namespace aisle {

/// The value of an option that the engine chooses itself.
inline constexpr unsigned automatic = 0;

/// The environment variable AIS_ENDPOINT, or http://localhost:8080.
AISLE_API std::string default_endpoint();

/// Options of an engine. The defaults work; nothing needs to be set.
///
/// The engine's constructor throws errc::invalid_argument for a value out of range; the text names the option and its
/// range. A duration over a hundred years, such as milliseconds::max(), means no limit.
struct engine_options {
    /// A proxy of the cluster, "http://host[:port]" or "https://host[:port]", or several separated by commas, which are
    /// tried in turn. After the first response the engine also knows the proxies of the cluster map.
    /// A user, password, path, query or fragment is errc::invalid_endpoint: put the token into `credentials`; a path
    /// prefix cannot work, because redirects and the cluster map bypass it.
    std::string endpoint = default_endpoint();
    tls_options tls = default_tls();
    aisle::credentials credentials = default_credentials();
    /// The memory limit, in bytes, for responses in progress, requested data that has not arrived, decompression
    /// buffers, samples that the consumer has not taken, and slabs kept for reuse. Samples that the consumer has taken
    /// do not count. The sample that is next in order may exceed the limit. 256 KiB or more; SIZE_MAX: no limit.
    std::size_t memory_budget_bytes = std::size_t{256} << 20;
    /// The allocator of sample memory, for example for huge pages, memory pinned for a GPU (cudaHostAlloc) or shared
    /// memory. Each block has 64 bytes more than a power of two of at least 256 KiB, and is aligned to 4096. Must be
    /// thread-safe: engine threads allocate, and the thread that drops the last sample of a block deallocates. Kept
    /// alive until the last sample is destroyed, which may be after the engine. An exception from allocate() counts as
    /// lack of memory. Null: the system's. Detached samples always lie in the heap.
    std::shared_ptr<std::pmr::memory_resource> sample_memory = nullptr;
    /// Maximum size of a sample in bytes. A larger one fails with errc::limit_exceeded; the other samples of its batch
    /// are delivered. Protects memory against an archive that claims, or decompresses to, terabytes. automatic: the
    /// memory budget, but at least 64 MiB; SIZE_MAX: no limit.
    std::size_t max_sample_bytes = automatic;
    /// Number of network threads, each with its own connections: 1 to 256. automatic: one per four cores, at most 4.
    unsigned shards = automatic;
    /// Timeout of DNS lookup, connect and TLS handshake together. 1 ms or more.
    std::chrono::milliseconds connect_timeout{10'000};
    /// Timeout of a proxy's response, which usually takes milliseconds. 1 ms or more. After a timeout the engine uses
    /// the next known proxy and checks this one again in the background. The engine waits longer if 20 times the
    /// proxy's usual time is more than this.
    std::chrono::milliseconds proxy_timeout{2'000};
    /// Timeout from the last byte of a request to the first byte of its response. 1 ms or more. An AIStore target waits
    /// 20 s for a silent peer, up to six times per batch: with less than 121 s its own error message may never arrive.
    std::chrono::milliseconds first_byte_timeout{150'000};
    /// Timeout between two bytes of a response. 1 ms or more.
    std::chrono::milliseconds idle_timeout{150'000};
    /// Timeout from a request to the end of its response. The samples received by then are kept; the rest is requested
    /// again. 1 ms or more.
    std::chrono::milliseconds request_timeout{1'800'000};
    /// Maximum number of plain GETs in flight for cold objects: those that the bucket's backend has and the cluster
    /// does not hold yet. Get-Batch reports them as missing (buckets of s3, gs, az and oci, of remote AIStore clusters,
    /// and ais buckets with a backend). A plain GET makes the cluster fetch and keep the object. 0: they are missing.
    unsigned cold_gets = 32;
    /// Which events are logged, and where. Default: none.
    log_options log = {};
};

/// How an entry that does not exist on the server is reported.
enum class on_missing : std::uint8_t {
    skip,  ///< a sample with status missing
    fail   ///< a sample with status failed
};

/// How the objects of a batch are placed in the cluster (AIStore's colocation levels).
enum class colocation_hint : std::uint8_t {
    none = 0,                   ///< spread evenly
    target_aware = 1,           ///< most are on few targets: the target with the most of them assembles the batch
    target_and_shard_aware = 2  ///< additionally, many members are in few shards
};

/// The order in which batches are delivered. Within a batch, samples always come in the order of its entries.
enum class batch_order : std::uint8_t {
    submitted,  ///< in the order of submission
    completed   ///< in the order of completion; a batch is still delivered as a whole
};

/// How the entries of a batch are requested. Samples, order and guarantees are the same.
enum class fetch_form : std::uint8_t {
    /// The faster one: the stream measures both with a few per cent of its batches. Batches of fewer than 16 entries
    /// start with `objects`, as AIStore recommends, larger ones with `batch`.
    fastest,
    batch,   ///< one Get-Batch request per batch
    objects  ///< one plain GET per entry, several in parallel
};

/// The outcome of one batch, for progress and latency figures.
struct batch_report {
    std::uint64_t batch = 0;  ///< number within the stream, from 0
    std::uint32_t delivered = 0;
    std::uint32_t missing = 0;
    std::uint32_t failed = 0;
    std::uint64_t bytes = 0;                   ///< payload bytes delivered
    std::uint32_t retries = 0;                 ///< requests repeated after a fault, for the remaining entries
    std::uint32_t hedges = 0;                  ///< duplicate requests sent because one was late
    std::uint32_t cold = 0;                    ///< cold entries that the cluster fetched from the bucket's backend
    std::string designated_target = {};        ///< host:port of the target that responded; empty if none did
    std::string request_id = {};               ///< AIStore's "JOB/WORK-ITEM"; empty if it sent none
    std::string output_format = {};            ///< the format that arrived, such as ".tar"; empty if nothing arrived
    std::chrono::nanoseconds first_sample{0};  ///< from the start of the request to the first whole sample; 0 if none
    std::chrono::nanoseconds last_sample{0};   ///< from the start of the request to the last whole sample; 0 if none
    std::optional<error> fault = {};           ///< the fault that ended the batch, or one found after its last sample
    std::optional<error> overcome = {};        ///< the last fault that a retry has mended
};

/// Options of a stream. output_format to colocation have the names of AIStore's Python SDK.
///
/// Checked when the stream is opened, as engine_options are by the engine's constructor.
struct stream_options {
    /// Number of Get-Batch requests in flight: 1 to 65,536. automatic: tuned while the stream runs, by samples/s.
    unsigned in_flight = automatic;
    /// Upper bound of an automatic in_flight: 1 to 65,536. Set it when several processes share a cluster, which slows
    /// down at 96 pending requests per target: (96 x targets) / processes. automatic: 256. No effect on a fixed
    /// in_flight.
    unsigned max_in_flight = automatic;
    /// Get-Batch is always used with cont_on_err = false, and with cold_gets = 0 for a bucket that may have a backend.
    fetch_form form = fetch_form::batch;
    /// Archive format to request: ".tar", ".tgz" (or ".tar.gz"), ".zip", ".tar.lz4", ".tar.zst". For a format
    /// that it does not support (.tar.zst), AIStore sends plain tar. The engine reads whatever format arrives and names
    /// it in batch_report::output_format.
    std::string output_format = ".tar";
    /// True: the server sends the archive while it assembles it, so the first sample arrives early. False: the server
    /// assembles the whole batch first, then sends a multipart response, metadata first.
    bool streaming_get = true;
    /// True: an entry that the server cannot read is reported by itself; the other samples are delivered. False: it
    /// ends its batch; it and the entries after it fail.
    bool cont_on_err = true;
    /// True: the archive names its members without their bucket. Samples are matched by position either way; but with
    /// true, a response that mixed up two buckets would go unnoticed.
    bool only_obj_name = false;
    /// True: opaque bytes are sent with the request. AIStore returns them in the metadata of a multipart response
    /// (streaming_get false), where they are compared. A sample has its entry's opaque bytes either way.
    bool send_opaque = false;
    colocation_hint colocation = colocation_hint::none;
    aisle::on_missing missing = on_missing::skip;
    batch_order order = batch_order::submitted;
    /// True: whole objects and members named *.gz or *.zst are delivered decompressed. Expected sizes and checksums are
    /// those of the compressed bytes, which the cluster stores. A payload that is damaged or not compressed fails.
    bool decompress = false;
    retry_options retry = {};
    /// True: a request that takes longer than the p95 is hedged: its remaining entries are requested a second time, and
    /// the copy that arrives first counts. Hedges add at most 5 % load, and none while the cluster refuses requests.
    /// Beyond that, only a response that has stalled for seconds is requested again.
    bool hedging = true;
    /// True: a payload that arrived in several runs is joined at arrival, on the engine thread, instead of by the first
    /// sample::bytes(). For consumers that read samples on several threads, or measure their own time.
    bool join_runs = false;
    /// A sample that sample_stream::next() or sample_view::keep() takes out of its block is copied if its payload is at
    /// most this number of bytes. A shuffle buffer of small samples then does not keep the large blocks alive.
    /// 0: never copied.
    std::size_t detach_below = 0;
    /// Maximum number of batch reports kept for sample_stream::take_reports(); the oldest are dropped. 0: none.
    std::size_t keep_reports = 0;
    /// Time limit of the whole stream, which then ends with errc::deadline_exceeded. 0 ms or more; 0: no limit.
    std::chrono::milliseconds run_timeout{0};
    /// Called once per batch, on an engine thread, after the response is read and checked to its end; that is after the
    /// batch's last sample. Calls do not overlap. Return quickly. An exception cancels the stream, as one from the
    /// source does. Not called for batches whose responses end after the stream was destroyed.
    std::function<void(batch_report const&)> on_batch_end = {};
};

/// The outcome of a stream. delivered + missing + failed is the number of entries of all its batches.
struct summary {
    std::uint64_t batches = 0;
    std::uint64_t delivered = 0;
    std::uint64_t missing = 0;
    std::uint64_t failed = 0;
    std::uint64_t bytes = 0;
    std::uint64_t retries = 0;  ///< requests repeated after a fault, for the remaining entries
    std::uint64_t hedges = 0;   ///< duplicate requests sent because one was late
    std::uint64_t cold = 0;     ///< cold entries that the cluster fetched from the bucket's backend
    /// The first fault of any batch. It may have been found after the batch's last sample (no end-of-archive mark, no
    /// final chunk, excess members): then every sample is good, but the server misbehaved.
    std::optional<error> fault = {};
};

}  // namespace aisle
