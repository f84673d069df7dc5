#pragma once

#include "../answer/response_decoder.hpp"
#include "../answer/sample_assembler.hpp"
#include "../cluster/cluster_access.hpp"
#include "../stream/stream_job.hpp"
#include "batch_ledger.hpp"

#include <aisle/http/client.hpp>

#include <boost/asio/cancellation_signal.hpp>

#include <algorithm>
#include <chrono>
#include <cstdint>
#include <optional>
#include <vector>

namespace aisle::detail {

/// Who runs an attempt.
class attempt_owner {
public:
    /// What a read brought is in the ledger. An error ends the attempt with it.
    virtual result<void> read_was_taken() = 0;
    /// How long the next read may rest for more to come.
    virtual std::chrono::microseconds patience() const = 0;

protected:
    ~attempt_owner() = default;
};

/// What attempts of one batch share. Outlived by the batch's run.
struct attempt_context {
    attempt_context(cluster_access& c, slab_pool& s, batch_work const& w, batch_ledger& l, attempt_owner& o)
        : cluster(c), slabs(s), work(w), ledger(l), owner(o) {}
    cluster_access& cluster;
    slab_pool& slabs;
    batch_work const& work;
    batch_ledger& ledger;
    attempt_owner& owner;
};

/// One request for entries of a batch, and the reading of its answer. What it brings goes to the batch's ledger; what
/// it does not bring is for its owner to ask for again. Stays at one address.
class attempt {
public:
    enum class form : std::uint8_t {
        stream,    ///< Get-Batch, as the archive is put together
        in_parts,  ///< Get-Batch, when the archive stands ready, its metadata first
        plain      ///< a plain GET of one entry
    };
    using clock = std::chrono::steady_clock;

    attempt(attempt_context context, form as, std::vector<std::uint32_t> asked, assembler_options options);
    attempt(attempt const&) = delete;
    attempt& operator=(attempt const&) = delete;

    /// Asks, follows, reads, decodes, assembles. Completes when the answer is read to its end, or with what cut it.
    http::task<result<void>> run();

    sample_assembler& assembler() noexcept { return assembler_; }
    std::span<std::uint32_t const> asked() const noexcept { return assembler_.asked(); }
    form as() const noexcept { return form_; }
    /// When the request was first sent; before that, when the attempt was made.
    clock::time_point started() const noexcept { return started_; }
    /// When something of the answer came last, or the request was sent.
    clock::time_point last_read() const noexcept { return std::max(last_read_, started_); }
    std::optional<std::chrono::milliseconds> retry_after() const noexcept { return retry_after_; }
    /// How much of the time since then its target was spared it.
    std::chrono::milliseconds held_back() const noexcept { return held_back_; }

private:
    http::task<result<void>> ask_and_read();
    http::task<result<void>> read_batch(http::response& answer);
    http::task<result<void>> read_object(http::response& answer);
    http::task<result<void>> after_read();
    result<void> decode_pieces(response_decoder& decoder, http::response const& answer);
    void note_format(response_decoder const& decoder);

    attempt_context context_;
    form const form_;
    sample_assembler assembler_;
    clock::time_point started_ = clock::now();
    clock::time_point last_read_{};
    std::optional<std::chrono::milliseconds> retry_after_;
    std::chrono::milliseconds held_back_{0};
};

}  // namespace aisle::detail
