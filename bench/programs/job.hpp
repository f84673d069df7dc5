#pragma once

#include <chrono>
#include <cstdint>
#include <optional>
#include <string>
#include <vector>

namespace bench {

/// The job of a client: `batches` batches of `batch` objects each, `in_flight` at a time. Every client of a comparison
/// gets the same options, so all send the same requests.
///
/// Options are --name=value. Batch i requests the names i * batch to (i + 1) * batch of the names file, which has one
/// object name per line and repeats.
struct job {
    std::string endpoint = {};  ///< "http://HOST:PORT" with a numeric host
    std::string bucket = {};    ///< without "ais://"
    std::string names_file = {};
    std::string format = ".tar";
    std::string mode = {};    ///< of the program
    std::size_t batch = 128;  ///< entries
    std::size_t batches = 256;
    unsigned in_flight = 8;        ///< 0: automatic, if the client supports it
    std::size_t lowat = 0;         ///< SO_RCVLOWAT in bytes, 0: the kernel's
    std::size_t object_bytes = 0;  ///< if all have the same size, otherwise 0
    unsigned shards = 0;           ///< I/O threads; 0: the client's own choice
    std::vector<std::string> names = {};

    std::string const& name(std::size_t batch_index, std::size_t entry) const {
        return names[(batch_index * batch + entry) % names.size()];
    }
};

/// Throws std::runtime_error for unknown options.
job read_job(int argc, char** argv);

/// Times from a request's start, for each batch.
struct batch_times {
    std::vector<double> first_ms = {};  ///< to the first sample (of a drain: the first byte of the body)
    std::vector<double> whole_ms = {};  ///< to the last sample, at the consumer
};

/// Wall and processor time since its creation; prints the figures of a run.
class stopwatch {
public:
    using clock = std::chrono::steady_clock;

    stopwatch();
    /// Stops the time; call once, when the last byte was read.
    void stop();
    /// The first sample has arrived; later calls do nothing.
    void first_sample();
    double ms_since(clock::time_point then) const;

    /// One line of JSON: samples, bytes, seconds, cpu_seconds (user and system of this process), user_seconds,
    /// first_sample_ms, p50 of first_ms and whole_ms and reads, if there are any.
    void print(std::uint64_t samples, std::uint64_t bytes, batch_times times = {}, std::uint64_t reads = 0) const;

private:
    clock::time_point began_;
    double user_, system_;
    double seconds_ = 0;
    std::optional<double> first_ms_ = {};
};

}  // namespace bench
