#pragma once

#include "../cluster/cluster_state.hpp"
#include "../entry/entry_indices.hpp"
#include "fault.hpp"

#include <aisle/batch.hpp>
#include <aisle/options.hpp>
#include <aisle/sample.hpp>

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <list>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace aisle::detail {

/// How entries are requested.
enum class request_form : std::uint8_t {
    as_asked,  ///< Get-Batch, in the format and mode of the stream's options
    streamed,  ///< Get-Batch as a streamed .tar, whatever the options: its end shows the bad entry
    plain      ///< a plain GET of one entry
};

/// An action for the driver.
struct batch_action {
    enum class kind : std::uint8_t {
        ask,            ///< send a request: id, form, entries, another_proxy, bytes
        drop,           ///< cancel request id; its end is still reported
        refuse,         ///< end `entry` with `status` and `why`
        refresh_map,    ///< fetch the cluster map, then call map_seen()
        look_up_bucket  ///< find out if `bucket` has a backend, note it in cluster_state, then call bucket_seen()
    };
    kind what;
    std::uint32_t id = 0;
    request_form form = request_form::as_asked;
    entry_indices entries = {};  ///< indices, ascending
    bool any_target = false;     ///< without the stream's colocation hint, which would choose the same target again
    bool another_proxy = false;  ///< a hedge: through a different proxy than the first request, if there is one
    std::size_t bytes = 0;       ///< expected, to be reserved in the memory budget
    bool again = false;          ///< repeated after a fault
    std::chrono::nanoseconds waited{0};  ///< of a hedge: time since the redirect of the first request
    std::uint32_t entry = 0;
    sample_status status = sample_status::failed;
    std::shared_ptr<error const> why = {};
    std::string bucket = {};
};

/// The state outside the batch that its decisions depend on. Set by the driver before each call of next().
struct batch_surroundings {
    std::chrono::steady_clock::time_point now;
    /// Bytes that may still be requested under the memory budget.
    std::size_t room_bytes = 0;
    /// Of these: reserved for this batch. While earlier batches are incomplete, its next part takes no more than this.
    std::size_t own_bytes = 0;
    /// True if waiting for memory would deadlock: the batch is the first in order and its consumer has taken everything
    /// available.
    bool must_go_on = false;
    /// True if the batch is the first in order.
    bool is_head = false;
    /// Expected bytes of an entry of unknown size.
    std::size_t typical_bytes = 0;
    /// Maximum bytes of one request.
    std::size_t part_bytes = 0;
};

/// Constant while a batch is fetched.
struct batch_rules {
    bool as_objects = false;  ///< a plain GET of each entry instead of Get-Batch, if that gives the same guarantees
    bool streaming = true;    ///< the mode of Get-Batch; false: multipart
    bool cont_on_err = true;  ///< false: a missing entry ends the batch
    on_missing missing = on_missing::skip;
    bool hedging = true;
    bool cold_gets = true;  ///< a plain GET settles "missing" for a bucket with a backend
    retry_options retry = {};
    std::chrono::nanoseconds request_timeout = std::chrono::minutes(30);
    std::chrono::nanoseconds proxy_timeout = std::chrono::seconds(2);
};

/// Makes all decisions about fetching one batch: what to request, in which form, when to repeat or hedge, and when to
/// give up an entry. No I/O, no clock, no randomness: events in, actions out. A driver executes them (batch_driver on
/// the wire, the simulation in tests).
///
/// Laws:
///  1. A request that ends without the entry it stopped at is evidence against that entry, whatever else is in flight.
///     Each level of evidence has a next step: a plain GET of the entry, then the owner's own message. So requests and
///     time are bounded.
///  2. No entry waits for another entry's fault: if a response stalls, its entry is requested by plain GET, and the
///     later entries without it.
///  3. A fault of a connection, a proxy or a target is evidence against it, not against an entry.
///  4. "Missing" means that a settled cluster reports not found, and if the bucket has a backend, that a plain GET
///     does.
///  5. Delivered entries are not requested again.
///
/// ended() must be called once for every request. One thread.
class batch_machine {
public:
    using time_point = std::chrono::steady_clock::time_point;
    using duration = std::chrono::nanoseconds;

    /// cluster outlives the machine. draw: uniform in [0, 1), for jitter.
    batch_machine(cluster_state& cluster, std::shared_ptr<batch const> of, batch_rules rules,
                  std::function<double()> draw, time_point now);

    // ---- what happened to a request
    /// It is about to be sent to this proxy: connecting, or writing.
    void sent(std::uint32_t id, http::url const& proxy, time_point now);
    /// The proxy redirects it to this target ("host:port"). `leave`: follow and close immediately, wait, then send the
    /// request to the proxy again; sent() is the next event. Records in the proxy list and the limiter that the proxy
    /// accepted it.
    target_book::opinion redirected(std::uint32_t id, std::string_view target, time_point now);
    /// Bytes of its response arrived. position: index in its entries of the next one; entries.size() at the end.
    void progressed(std::uint32_t id, std::size_t position, time_point now) noexcept;
    /// Plain GET: its response is good so far. have: received bytes of the entry, over all requests. came: of these, in
    /// this response.
    void received(std::uint32_t id, std::uint64_t have, std::uint64_t came, time_point now) noexcept;
    /// Plain GET: its response has this size.
    void told_size(std::uint32_t id, std::uint64_t bytes) noexcept;
    /// True if the response must be aborted: much more memory is in use than budgeted, and the consumer does not take
    /// it.
    bool over_budget(std::uint32_t id, batch_surroundings const& s, bool overrun) const noexcept;
    /// True if it may pause for some seconds first, because its consumer waits for what it delivers next.
    bool may_rest(std::uint32_t id, batch_surroundings const& s) const noexcept;
    /// It has ended. fault: nullopt if the response was complete. retry_after: from the server. full_target: the target
    /// that a 429 named, "host:port". Updates the proxy list, the target book and the limiter.
    void ended(std::uint32_t id, std::optional<error> fault, std::optional<std::chrono::milliseconds> retry_after,
               std::string_view full_target, time_point now);

    // ---- what it reported about an entry
    /// A complete payload arrived. True: it is the entry's first; false: the entry was answered before.
    bool delivered(std::uint32_t id, std::uint32_t entry, time_point now);
    /// The server reports that it does not have the entry, possibly with a message.
    void claimed_missing(std::uint32_t id, std::uint32_t entry, error why, time_point now);
    /// A payload arrived and is wrong. limit_exceeded is final.
    void bad_payload(std::uint32_t id, std::uint32_t entry, error why);

    // ---- other events
    /// A map fetch that began at `began` has ended, successfully or not.
    void map_seen(time_point began, bool well, time_point now);
    void bucket_seen(std::string_view bucket, time_point now);
    /// Fails all open entries with this error, once the requests in flight have ended.
    void cancel(error why);

    // ---- what to do
    /// The next action; nullopt when there is none.
    std::optional<batch_action> next(batch_surroundings const& s);
    /// When to call next() again if nothing happens earlier.
    time_point wake() const noexcept { return wake_; }
    /// True after an event that next() must handle. Cheap: checked after every read.
    bool needs_turn() const noexcept { return dirty_; }
    /// Every entry is answered, and no request is in flight.
    bool finished() const noexcept { return open_count_ == 0 && requests_.empty() && pending_.empty(); }

    // ---- queries
    batch const& what() const noexcept { return *batch_; }
    bool is_open(std::uint32_t entry) const noexcept { return entries_[entry].is != place::answered; }
    /// Open, and not in flight.
    bool is_to_be_asked_for(std::uint32_t entry) const noexcept { return is_open(entry) && !entries_[entry].covered; }
    bool answered() const noexcept { return open_count_ == 0; }
    /// True if all entries that it requested are answered.
    bool all_answered(std::uint32_t id) const;
    std::uint32_t retries() const noexcept { return retries_; }
    std::uint32_t hedges() const noexcept { return hedges_; }
    std::uint32_t hedges_won() const noexcept { return hedges_won_; }
    std::uint32_t plain_gets() const noexcept { return plain_gets_; }
    std::uint32_t requests() const noexcept { return get_batches_; }
    std::uint32_t cold() const noexcept { return cold_; }
    /// The newest fault that is being retried, or has been recovered from.
    std::optional<error> const& overcome() const noexcept { return overcome_; }
    /// Number of such faults.
    std::uint32_t troubles() const noexcept { return troubles_; }
    /// The first fault that ended the batch, or was found after its last sample.
    std::optional<error> const& fault() const noexcept { return fault_; }

private:
    /// The state of an entry.
    enum class place : std::uint8_t {
        batch,    // to be requested by Get-Batch, or in flight there
        alone,    // to be requested by plain GET, or in flight there
        claimed,  // reported missing; waits for the map or for bucket properties
        shard,    // waits for a plain GET of another member of its shard, which fetches the whole shard
        answered
    };
    struct entry_state {
        place is = place::batch;
        std::uint8_t covered = 0;       // number of requests in flight for it
        std::uint8_t stops = 0;         // Get-Batch requests that a link fault ended at it
        std::uint8_t bad_payloads = 0;  // wrong payloads
    };
    /// Entries for one Get-Batch request, or for several if memory is short.
    struct piece {
        entry_indices entries;
        time_point not_before{};
        unsigned attempt = 0;         // consecutive requests without progress
        std::uint64_t news = 0;       // news_ when the last one began
        bool again = false;           // repeated after a fault
        bool troubled = false;        // use the form that shows the bad entry
        bool sequel = false;          // the rest of a request that was too large; waits for half of it
        std::string avoid = {};       // a target
        std::size_t least_bytes = 0;  // its previous response was aborted: needs this much memory
        unsigned full = 0;            // consecutive targets that were full
        std::optional<error> last = {};
    };
    struct request {
        std::uint32_t id = 0;
        request_form form = request_form::as_asked;
        entry_indices entries;
        piece from;             // without its entries
        std::size_t bytes = 0;  // expected
        bool is_hedge = false;
        bool is_probe = false;  // of a sick target; a hedge requests the same entries elsewhere
        bool has_twin = false;
        bool by_choice = false;  // a plain GET only because of batch_rules::as_objects
        bool is_cold = false;    // counted in cluster_state::cold_under_way
        bool dropped = false;
        bool in_vain = false;  // dropped because it took too long; its entries are requested again
        bool has_sent = false;
        http::url proxy;
        time_point made{};
        time_point sent_at{};
        duration redraw_after{0};  // proxy_list::redraw_after() at that time
        time_point followed_at{};
        time_point progress_at{};
        duration rested{0};  // longest stall since the redirect
        std::string target;  // empty until redirected
        unsigned draws = 0;
        unsigned avoided = 0;
        std::size_t position = 0;
        bool size_told = false;             // plain GET: bytes is the actual size
        std::optional<std::uint64_t> have;  // plain GET whose response has begun
        std::uint64_t came = 0;
        std::size_t rescued_at = SIZE_MAX;  // the position whose entry was requested by plain GET
        std::optional<time_point> rescue_began;
        std::optional<time_point> rescue_answered;
        std::uint32_t brought = 0;
        std::uint32_t claims = 0;
        unsigned hedges = 0;  // of this request, in flight
        unsigned hedges_failed = 0;
        time_point hedge_not_before{};
        std::uint32_t beside = 0;  // of a hedge: the id of the first request
        duration waited{0};        // of a hedge: batch_action::waited
        std::optional<time_point> answered_at;
    };
    enum class reason : std::uint8_t { choice, evidence, rescue, settle, cold };
    struct plain_job {
        reason why = reason::evidence;
        time_point not_before{};
        unsigned attempt = 0;  // consecutive, without progress
        std::uint64_t news = 0;
        unsigned strikes = 0;         // bad responses without a stated reason
        std::uint64_t most = 0;       // maximum bytes received
        std::uint64_t cut_at = 0;     // bytes received when its response was last cut
        unsigned cuts = 0;            // consecutive, at this byte
        std::size_t least_bytes = 0;  // its response was aborted: needs this much memory
        bool under_way = false;
        std::string blame = {};  // the target whose response stalled or ended at it; at fault if the entry is good
    };
    struct claim {
        error why;
        time_point at{};
        bool by_owner = false;      // reported by a plain GET
        bool wants_bucket = false;  // not known yet whether its bucket has a backend
    };

    request* find(std::uint32_t id) noexcept;
    entry const& at(std::uint32_t index) const { return batch_->entries()[index]; }
    request const* find(std::uint32_t id) const noexcept { return const_cast<batch_machine*>(this)->find(id); }
    void news(time_point now) noexcept;
    bool is_streamed(request const& r) const noexcept;
    bool all_answered(request const& r) const noexcept;
    bool is_waited_for(request const& r) const noexcept;
    bool is_waited_for_alone(std::uint32_t entry) const noexcept;
    bool is_active(request const& r) const noexcept { return !r.dropped && !all_answered(r); }
    static bool is_past_half(request const& r) noexcept { return r.position * 2 > r.entries.size(); }
    bool may_follow() const noexcept;
    bool is_to_be_asked_by_batch(std::uint32_t entry, bool uncovered) const noexcept {
        return entries_[entry].is == place::batch && !(uncovered && entries_[entry].covered > 0);
    }
    entry_indices still_in_batch(entry_indices const& of, bool uncovered) const;
    std::size_t count_in_batch(entry_indices const& of) const noexcept;

    bool may_go_alone(std::uint32_t entry) const;

    // results of entries
    void close(std::uint32_t entry);
    void refuse(std::uint32_t entry, sample_status status, std::shared_ptr<error const> why);
    sample_status status_of(error const& why) const;
    void fail(std::uint32_t entry, error why);
    void fail_all(entry_indices const& entries, error const& why);
    void give_up(error const& why);
    error about(std::uint32_t entry, error why) const;
    void note_trouble(error const& why);

    // end of a request
    fault_nature nature_in(request const& r, error const& fault) const;
    void batch_ended(request& r, std::optional<error> fault, std::optional<std::chrono::milliseconds> retry_after,
                     std::string_view full_target, time_point now);
    void plain_ended(request& r, std::optional<error> fault, std::optional<std::chrono::milliseconds> retry_after,
                     time_point now);
    void learn_from(request const& r, bool whole, fault_nature nature, time_point now);
    void note_proxy(request const& r, error const& fault, fault_nature nature, time_point now);
    void note_busy(std::string_view full_target, std::optional<std::chrono::milliseconds> retry_after, time_point now);
    void recover(request& r, error why, fault_nature nature, std::optional<std::chrono::milliseconds> retry_after,
                 bool target_full, time_point now);
    void refused_as_a_whole(request& r, piece next, error const& why, fault_nature nature);
    bool exhausted(unsigned attempt, time_point now) const noexcept;
    time_point gives_up_at() const noexcept;
    bool may_retry() const noexcept { return rules_.retry.attempts > 1; }

    // evidence
    void put_alone(std::uint32_t entry, reason why, time_point not_before, std::string blame = {});
    void settle(std::uint32_t entry, time_point now);
    void believe(std::uint32_t entry, time_point now);
    void settle_claims(time_point now);
    std::optional<bool> has_backend(std::string_view bucket) const;
    void fetch_cold(std::uint32_t entry);
    void shard_is_here(std::uint32_t entry);
    void fetch_ahead_cold(request const& r, std::uint32_t claimed);

    // time
    void decide(batch_surroundings const& s);
    void check_request(request& r, batch_surroundings const& s);
    void check_proxy(request& r, time_point now);
    void check_plain_stall(request& r, time_point now);
    void hedge_late_object(request& r, batch_surroundings const& s);
    void check_stall(request& r, time_point now);
    void check_lateness(request& r, batch_surroundings const& s);
    void check_claims(time_point now);
    void look_up_buckets(time_point now);
    void hedge(request& r, entry_indices entries, time_point now);
    void drop(request& r, bool in_vain);
    void start_pieces(batch_surroundings const& s);
    void add_piece(piece p);
    std::uint32_t first_open() const noexcept;
    void start_plain(batch_surroundings const& s);
    request& start(request r, time_point now, std::size_t bytes);
    std::size_t bytes_of(std::uint32_t entry, batch_surroundings const& s) const;
    void want_map(time_point now);
    void wake_at(time_point t) noexcept { wake_ = std::min(wake_, t); }

    cluster_state& cluster_;
    std::shared_ptr<batch const> batch_;
    batch_rules const rules_;
    std::function<double()> draw_;

    recycled_vector<entry_state> entries_;
    std::uint32_t open_count_ = 0;
    std::list<request, recycled<request>> requests_;
    std::list<piece, recycled<piece>> pieces_;  // in the order of their first entries
    mutable std::uint32_t first_open_ = 0;      // all entries before it are answered
    std::map<std::uint32_t, plain_job> alone_;
    std::map<std::uint32_t, claim> claims_;
    std::map<std::uint32_t, std::shared_ptr<error const>>
        tentative_failures_;                                      // an open entry's error if nothing better arrives
    std::map<std::pair<std::string, std::string>, bool> shards_;  // bucket, object: fetched
    std::map<std::uint32_t, time_point> uncertain_since_;         // reported missing while the cluster is not settled
    std::list<batch_action, recycled<batch_action>> pending_;

    std::uint32_t next_id_ = 1;
    std::uint64_t news_ = 1;
    time_point news_at_;
    unsigned rounds_ = 0;  // consecutive failed Get-Batch requests that delivered nothing
    unsigned rests_ = 0;   // Get-Batch responses that stalled; halved by each good one
    std::optional<error> cancelled_;
    time_point wake_{};
    bool dirty_ = true;
    bool map_requested_ = false;  // a map fetch was requested
    bool map_wanted_ = false;     // for another reason than a claim
    struct bucket_lookup {
        bool under_way = false;
        unsigned tries = 0;
        time_point not_before{};
    };
    std::map<std::string, bucket_lookup, std::less<>> bucket_lookups_;
    time_point now_{};  // of the newest event
    std::size_t room_left_ = 0;
    std::uint32_t retries_ = 0;
    std::uint32_t hedges_ = 0;
    std::uint32_t hedges_won_ = 0;
    std::uint32_t plain_gets_ = 0;
    std::uint32_t get_batches_ = 0;
    std::uint32_t cold_ = 0;
    std::uint32_t troubles_ = 0;
    std::optional<error> overcome_;
    std::optional<error> fault_;
};

}  // namespace aisle::detail
