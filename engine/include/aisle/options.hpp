#pragma once

#include <aisle/error.hpp>
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

/// For counts the engine finds by itself.
inline constexpr unsigned automatic = 0;

/// The environment's AIS_ENDPOINT, or http://localhost:8080.
std::string default_endpoint();

/// What holds for everything an engine does. Nothing needs to be set.
///
/// The engine's constructor throws errc::invalid_argument for a value out of its range; the text names the option and
/// the range. Durations: milliseconds::max(), and anything over a hundred years, is for ever.
struct engine_options {
    /// A proxy of the cluster, "http://host[:port]" or "https://host[:port]"; several, joined by commas, where another
    /// is to be asked when one does not answer. The proxies of the cluster's own map are known from the first answer.
    /// Anything more (user and password, path, query, fragment) is errc::invalid_endpoint: a credential goes into
    /// `credentials`, and redirects and the map lead around a path prefix.
    std::string endpoint = default_endpoint();
    tls_options tls = default_tls();
    aisle::credentials credentials = default_credentials();
    /// Bytes that the engine may hold at once: answers in progress, what was asked for and has not arrived, what they
    /// are decompressed with, samples that nobody has taken yet, and slabs kept for reuse. Samples that the consumer
    /// has taken are the consumer's memory, however long it keeps them. The sample that all others wait for may go over
    /// it. 256 KiB or more; SIZE_MAX: no limit.
    std::size_t memory_budget_bytes = std::size_t{256} << 20;
    /// Where the memory comes from that samples lie in: huge pages, memory pinned for a GPU (cudaHostAlloc), memory
    /// shared with other processes. Blocks of 256 KiB, or twice, four times ... as much, and 64 bytes, aligned to 4096.
    /// Called by engine threads (allocate) and by whoever drops a sample (deallocate), several at a time; kept until
    /// the last sample is gone, past the engine. What allocate() throws is lack of memory. Null: the system. Samples
    /// that are detached lie in the heap.
    std::shared_ptr<std::pmr::memory_resource> sample_memory = nullptr;
    /// Most bytes one sample may have; larger ones fail with errc::limit_exceeded, and the others of their batch come.
    /// Keeps an archive that claims or unpacks to terabytes from taking the memory. automatic: the memory budget, at
    /// least 64 MiB; SIZE_MAX: no limit.
    std::size_t max_sample_bytes = automatic;
    /// Threads that do network I/O, each with its own connections: 1 to 256. automatic: one for every four cores, at
    /// most 4.
    unsigned shards = automatic;
    /// For resolving a name, connecting and the TLS handshake together. 1 ms or more.
    std::chrono::milliseconds connect_timeout{10'000};
    /// How long a proxy may take to answer. 1 ms or more. A proxy answers within milliseconds: one that does
    /// not is left for the next known one, and looked at again in the background. Longer where 20 times its usual time
    /// is more.
    std::chrono::milliseconds proxy_timeout{2'000};
    /// From the request's last byte to the answer's first. A target itself gives up on a silent peer after 20 s, up to
    /// six times in a batch, so less than 121 s can hide its own verdict (AIStore behaviour). 1 ms or more.
    std::chrono::milliseconds first_byte_timeout{150'000};
    /// Longest rest in the middle of an answer. 1 ms or more.
    std::chrono::milliseconds idle_timeout{150'000};
    /// From a request to the end of its answer, however steadily it comes. What has come by then stays; the rest is
    /// asked for again. 1 ms or more.
    std::chrono::milliseconds request_timeout{1'800'000};
    /// Plain GETs under way at once that fetch what a bucket's backend has and the cluster does not hold yet. AIStore
    /// answers such objects of s3, gs, az and oci buckets, of remote AIStore clusters and of ais buckets with a backend
    /// as missing; a plain GET of each brings it, and it stays in the cluster. Any number; 0: they are missing.
    unsigned cold_gets = 32;
    /// What it tells of what it does, and to whom: by default nothing to nobody.
    log_options log = {};
};

/// What an entry that does not exist on the server becomes.
enum class on_missing : std::uint8_t {
    skip,  ///< a sample with status missing
    fail   ///< a sample with status failed
};

/// A hint of how a batch's objects lie in the cluster (AIStore's colocation levels).
enum class colocation_hint : std::uint8_t {
    none = 0,                   ///< spread evenly
    target_aware = 1,           ///< most on few targets: the one with the most of them assembles the batch
    target_and_shard_aware = 2  ///< and many members in few shards
};

/// In which order the samples of several batches come. Within a batch it is always the request's.
enum class batch_order : std::uint8_t {
    submitted,  ///< batch after batch, as submitted
    completed   ///< whole batches as they finish
};

/// How the entries of a batch are requested. The samples, their order and what is promised of them are the same.
enum class fetch_form : std::uint8_t {
    /// Whichever is faster here: both are measured while the stream runs, with a few per cent of its batches. Batches
    /// of
    /// fewer than 16 entries begin with `objects`, as AIStore advises, larger ones with `batch`.
    fastest,
    batch,   ///< one Get-Batch request for all of them
    objects  ///< a plain GET each, several at a time
};

/// The end of one batch, for progress and latency figures.
struct batch_report {
    std::uint64_t batch = 0;  ///< number within the stream, from 0
    std::uint32_t delivered = 0;
    std::uint32_t missing = 0;
    std::uint32_t failed = 0;
    std::uint64_t bytes = 0;                   ///< payload bytes delivered
    std::uint32_t retries = 0;                 ///< requests made again for what a fault had left
    std::uint32_t hedges = 0;                  ///< requests made for what was late, beside the one under way
    std::uint32_t cold = 0;                    ///< entries fetched from their bucket's backend into the cluster
    std::string designated_target = {};        ///< host:port of the node that answered, empty if none did
    std::string request_id = {};               ///< AIStore's "JOB/WORK-ITEM", empty if it gave none
    std::string output_format = {};            ///< what arrived, such as ".tar"; empty when nothing did
    std::chrono::nanoseconds first_sample{0};  ///< from the request's start to the first whole sample, 0 if none
    std::chrono::nanoseconds last_sample{0};   ///< from the request's start to the last whole sample, 0 if none
    std::optional<error> fault = {};           ///< what cut the batch for good, or was wrong behind its last sample
    std::optional<error> overcome = {};        ///< the last fault that asking again has mended
};

/// What holds for one stream of batches. output_format to colocation are named as in AIStore's Python SDK.
///
/// Checked when a stream is opened, as engine_options are by the engine's constructor.
struct stream_options {
    /// Get-Batch requests under way at once: 1 to 65,536. automatic: found while running, from samples per second.
    unsigned in_flight = automatic;
    /// Most that an automatic in_flight comes to: 1 to 65,536. Set it where several processes share a cluster, which
    /// hesitates at 96 pending requests a target: (96 x targets) / processes. automatic: 256. A fixed in_flight is left
    /// as it is.
    unsigned max_in_flight = automatic;
    /// Whatever it says, Get-Batch is used with cont_on_err = false, and with cold_gets = 0 for entries whose bucket
    /// may have a backend.
    fetch_form form = fetch_form::batch;
    /// Archive format asked of the server: ".tar", ".tgz" (or ".tar.gz"), ".zip", ".tar.lz4", ".tar.zst". AIStore
    /// answers a format it does not have (.tar.zst) with plain tar: what arrives is read, and batch_report says what it
    /// was.
    std::string output_format = ".tar";
    /// True: the server sends the archive as it is put together, and the first sample comes early. False: a multipart
    /// answer, metadata first, of which nothing comes before the whole batch stands ready on the server.
    bool streaming_get = true;
    /// True: an entry the server cannot have is answered by itself, and the others come. False: it ends its batch; it
    /// and the entries behind it fail.
    bool cont_on_err = true;
    /// Members are named without their bucket on the wire. Entries are told apart by position either way; with it, an
    /// answer that mixed up two buckets would not show.
    bool only_obj_name = false;
    /// True: the opaque bytes of the entries are sent with the request. AIStore gives them back in the metadata of a
    /// multipart answer (streaming_get false), where they are compared. A sample has its entry's opaque bytes either
    /// way.
    bool send_opaque = false;
    colocation_hint colocation = colocation_hint::none;
    aisle::on_missing missing = on_missing::skip;
    batch_order order = batch_order::submitted;
    /// Samples whose object (or archpath) is called *.gz or *.zst, and that were asked for whole, are delivered
    /// decompressed. Expected sizes and checksums are of the compressed bytes, which are what the cluster holds. One
    /// that is damaged, or not compressed at all, fails.
    bool decompress = false;
    retry_options retry = {};
    /// A request that takes longer than 95 of 100 did is made a second time, for what is left of it, and whichever copy
    /// comes first counts. Adds at most a twentieth of the load, and nothing while the cluster refuses requests; only
    /// an answer that has rested for seconds is asked for again beyond that.
    bool hedging = true;
    /// Payloads of several runs are joined to one as they arrive, on the engine's thread, and not by the first
    /// sample::bytes(): for consumers that read samples from several threads, or count their own time.
    bool join_runs = false;
    /// A sample that is kept by itself, by sample_stream::next() or sample_view::keep(), is copied out of its block
    /// where its payload has at most so many bytes: a shuffle buffer of small samples then does not keep the large
    /// blocks they arrived in. 0: never copied.
    std::size_t detach_below = 0;
    /// Most batch reports that wait for sample_stream::take_reports(); the oldest give way. 0: none is kept.
    std::size_t keep_reports = 0;
    /// For the whole stream; it then ends with errc::deadline_exceeded. 0 ms or more; 0 and max(): as long as it takes.
    std::chrono::milliseconds run_timeout{0};
    /// Called once a batch, when its answer is wholly read and checked (which is after its last sample), for one batch
    /// at a time, on an engine thread: return promptly. What it throws cancels the stream, as what the source throws
    /// does. Not called for batches whose answers end after the stream was destroyed.
    std::function<void(batch_report const&)> on_batch_end = {};
};

/// What a stream came to. delivered + missing + failed is the number of entries of all its batches.
struct summary {
    std::uint64_t batches = 0;
    std::uint64_t delivered = 0;
    std::uint64_t missing = 0;
    std::uint64_t failed = 0;
    std::uint64_t bytes = 0;
    std::uint64_t retries = 0;  ///< requests made again for what a fault had left
    std::uint64_t hedges = 0;   ///< requests made for what was late
    std::uint64_t cold = 0;     ///< entries fetched from their bucket's backend into the cluster
    /// The first fault of any batch, including one found behind its last sample (no end-of-archive mark, no final
    /// chunk, excess members): then all samples are good, and the server is not.
    std::optional<error> fault = {};
};

}  // namespace aisle
