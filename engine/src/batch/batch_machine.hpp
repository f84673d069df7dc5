#pragma once

#include "../cluster/cluster_state.hpp"
#include "fault.hpp"

#include <aisle/batch.hpp>
#include <aisle/options.hpp>
#include <aisle/sample.hpp>

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <deque>
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

/// How entries are asked for.
enum class request_form : std::uint8_t {
    as_asked,  ///< Get-Batch, in the format and mode the stream's options name
    streamed,  ///< Get-Batch, a streamed .tar whatever the options name: where it ends is where the trouble is
    plain      ///< a plain GET of one entry
};

/// What a batch machine wants done.
struct batch_action {
    enum class kind : std::uint8_t {
        ask,            ///< make a request: id, form, entries, another_proxy, bytes
        drop,           ///< cancel request id; its end is still reported
        refuse,         ///< answer `entry` with `status` and `why`
        look_at_map,    ///< fetch the cluster's map, then call map_seen()
        look_at_bucket  ///< find out whether `bucket` has a backend, note it in cluster_state, then call bucket_seen()
    };
    kind what;
    std::uint32_t id = 0;
    request_form form = request_form::as_asked;
    std::vector<std::uint32_t> entries = {};  ///< indices, ascending
    bool any_target = false;  ///< without the stream's colocation hint, by which the same target would be chosen again
    bool another_proxy = false;          ///< a hedge: not by the proxy that the first one went to, if there is another
    std::size_t bytes = 0;               ///< expected, to be reserved of the memory budget
    bool again = false;                  ///< for what a fault has left
    std::chrono::nanoseconds waited{0};  ///< of a hedge: since the redirect of the request it is made beside
    std::uint32_t entry = 0;
    sample_status status = sample_status::failed;
    std::shared_ptr<error const> why = {};
    std::string bucket = {};
};

/// What of the world outside the batch its decisions depend on. Set by the driver before each call of next().
struct batch_surroundings {
    std::chrono::steady_clock::time_point now;
    /// Bytes that may still be asked for under the memory budget.
    std::size_t room_bytes = 0;
    /// Of these: reserved for this batch alone. Its next part takes no more while batches before it are not whole.
    std::size_t own_bytes = 0;
    /// True when waiting for memory would last for ever: the batch is the head of the order and its consumer has taken
    /// all there is.
    bool must_go_on = false;
    /// True when the batch is the head of the order.
    bool is_head = false;
    /// Bytes that an entry of unknown size is expected to have.
    std::size_t typical_bytes = 0;
    /// Most bytes one request is made for.
    std::size_t part_bytes = 0;
};

/// What does not change while a batch is fetched.
struct batch_rules {
    bool as_objects = false;  ///< a plain GET of each entry in place of Get-Batch, where that promises the same
    bool streaming = true;    ///< Get-Batch's own mode; false: multipart
    bool cont_on_err = true;  ///< false: a missing entry ends the batch
    on_missing missing = on_missing::skip;
    bool hedging = true;
    bool cold_gets = true;  ///< "missing" of a bucket with a backend is settled by a plain GET
    retry_options retry = {};
    std::chrono::nanoseconds request_timeout = std::chrono::minutes(30);
    std::chrono::nanoseconds proxy_timeout = std::chrono::seconds(2);
};

/// Decides everything about the fetching of one batch: what to ask for, in which form, when to ask again, beside what,
/// and when an entry is given up. No I/O, no clock, no randomness of its own: events go in, actions come out, and a
/// driver carries them out (batch_driver on the wire, the simulation in tests).
///
/// The laws it keeps:
///  1. A request that ends without the entry it stopped at is evidence against that entry, whoever else is under way.
///     Each level of evidence has a next step: the entry alone by plain GET, then the owner's own words. So requests
///     and time are bounded.
///  2. No entry waits for another one's fault: where an answer rests, its entry is asked for alone beside it, and what
///     comes after it without it.
///  3. A fault of a connection, a proxy or a target is evidence against them, not against an entry.
///  4. "Missing" is what the server calls not found, in a settled cluster, and where the bucket has a backend, after a
///     plain GET.
///  5. What has been delivered is not asked for again.
///
/// Every request that was asked for must come to ended(), once. One thread.
class batch_machine {
public:
    using time_point = std::chrono::steady_clock::time_point;
    using duration = std::chrono::nanoseconds;

    /// cluster outlives the machine. draw: uniform in [0, 1), for jitter.
    batch_machine(cluster_state& cluster, std::shared_ptr<batch const> of, batch_rules rules,
                  std::function<double()> draw, time_point now);

    // ---- what happened to a request
    /// It leaves for this proxy now: it begins to connect, or is written.
    void sent(std::uint32_t id, http::url const& proxy, time_point now);
    /// The proxy redirects it to this target ("host:port"). `leave`: follow and close at once, wait, then ask the proxy
    /// again; sent() is the next event then. Tells the cluster's proxy list and limiter that the proxy accepted it.
    target_book::opinion redirected(std::uint32_t id, std::string_view target, time_point now);
    /// Bytes of its answer came. position: index in its entries of the one that arrives next, their number when all
    /// have passed.
    void progressed(std::uint32_t id, std::size_t position, time_point now) noexcept;
    /// Of a plain GET: its answer is good so far. have: bytes of the entry that are here, over all requests for it.
    /// came: of these, in this answer.
    void received(std::uint32_t id, std::uint64_t have, std::uint64_t came, time_point now) noexcept;
    /// Of a plain GET: its answer says how many bytes the entry has.
    void told_size(std::uint32_t id, std::uint64_t bytes) noexcept;
    /// True when the answer must be broken off: more memory is held than one request explains, and nobody takes it.
    bool over_budget(std::uint32_t id, batch_surroundings const& s, bool overrun) const noexcept;
    /// True when it may rest for some seconds first, because its consumer waits for what it brings next.
    bool may_rest(std::uint32_t id, batch_surroundings const& s) const noexcept;
    /// It has ended. fault: nothing when the answer was read to its end and was whole. retry_after: what the server
    /// asked for. full_target: the target that a 429 named, as "host:port". Tells the proxy list, the target book and
    /// the limiter what follows.
    void ended(std::uint32_t id, std::optional<error> fault, std::optional<std::chrono::milliseconds> retry_after,
               std::string_view full_target, time_point now);

    // ---- what it said of an entry
    /// A whole payload is here: true when it is the entry's answer, false when the entry was answered before.
    bool delivered(std::uint32_t id, std::uint32_t entry, time_point now);
    /// The server says that it does not have the entry, with words where it gave any.
    void claimed_missing(std::uint32_t id, std::uint32_t entry, error why, time_point now);
    /// A payload came and was wrong. too_large: it is for good.
    void spoilt(std::uint32_t id, std::uint32_t entry, error why);

    // ---- what happened around it
    /// A look at the cluster's map that began at `began` is over, well or not.
    void map_seen(time_point began, bool well, time_point now);
    void bucket_seen(std::string_view bucket, time_point now);
    /// Everything that is open fails with this, as soon as the requests under way have ended.
    void cancel(error why);

    // ---- what to do
    /// The next thing to do, until there is nothing.
    std::optional<batch_action> next(batch_surroundings const& s);
    /// When to call next() again if nothing happens before.
    time_point wake() const noexcept { return wake_; }
    /// True once something has happened that next() should look at. Cheap: asked after every read.
    bool wants_look() const noexcept { return dirty_; }
    /// Every entry is answered, and no request is under way.
    bool finished() const noexcept { return open_count_ == 0 && requests_.empty() && pending_.empty(); }

    // ---- what is known
    batch const& what() const noexcept { return *batch_; }
    bool is_open(std::uint32_t entry) const noexcept { return entries_[entry].is != place::answered; }
    /// Open, and in no request under way.
    bool is_to_be_asked_for(std::uint32_t entry) const noexcept { return is_open(entry) && !entries_[entry].covered; }
    bool answered() const noexcept { return open_count_ == 0; }
    /// True when nothing it was asked for is open any more.
    bool all_answered(std::uint32_t id) const;
    std::uint32_t retries() const noexcept { return retries_; }
    std::uint32_t hedges() const noexcept { return hedges_; }
    std::uint32_t hedges_won() const noexcept { return hedges_won_; }
    std::uint32_t plain_gets() const noexcept { return plain_gets_; }
    std::uint32_t requests() const noexcept { return get_batches_; }
    std::uint32_t cold() const noexcept { return cold_; }
    /// The newest fault that asking again is to mend, or has mended.
    std::optional<error> const& overcome() const noexcept { return overcome_; }
    /// How many of these there were.
    std::uint32_t troubles() const noexcept { return troubles_; }
    /// What cut the batch for good, or was wrong after its last sample; the first counts.
    std::optional<error> const& fault() const noexcept { return fault_; }

private:
    /// Where an open entry stands.
    enum class place : std::uint8_t {
        batch,    // to be asked for by Get-Batch, or under way there
        alone,    // to be asked for by a plain GET, or under way there
        claimed,  // said to be missing; the map or the bucket is to be looked at
        shard,    // waits for a plain GET of another member of its shard, which fetches the whole of it
        answered
    };
    struct entry_state {
        place is = place::batch;
        std::uint8_t covered = 0;  // by how many requests under way
        std::uint8_t stops = 0;    // Get-Batch requests that ended at it for a fault of the link
        std::uint8_t spoilt = 0;   // payloads that were wrong
    };
    /// Entries that are to be asked for by one Get-Batch request, or by several where memory is tight.
    struct piece {
        std::vector<std::uint32_t> entries;
        time_point not_before{};
        unsigned attempt = 0;         // requests made of it in a row that brought nothing
        std::uint64_t news = 0;       // news_ when the last one began
        bool again = false;           // made again for what a fault left
        bool troubled = false;        // ask in the form that shows where trouble is
        bool sequel = false;          // what did not fit into the request before; waits for half of that one
        std::string avoid = {};       // a target
        std::size_t least_bytes = 0;  // the answer before was broken off: this much room is needed
        unsigned full = 0;            // targets that had no place for it, in a row
        std::optional<error> last = {};
    };
    struct request {
        std::uint32_t id = 0;
        request_form form = request_form::as_asked;
        std::vector<std::uint32_t> entries;
        piece from;             // without its entries
        std::size_t bytes = 0;  // expected
        bool is_hedge = false;
        bool is_probe = false;  // of a sick target; a twin for the same entries goes elsewhere
        bool has_twin = false;
        bool by_choice = false;  // a plain GET that nothing but batch_rules::as_objects is the reason of
        bool is_cold = false;    // counted in cluster_state::cold_under_way
        bool dropped = false;
        bool in_vain = false;  // dropped because it took too long; its entries are asked for again
        bool has_sent = false;
        http::url proxy;
        time_point made{};
        time_point sent_at{};
        duration redraw_after{0};  // proxy_list::redraw_after() at that time
        time_point followed_at{};
        time_point progress_at{};
        duration rested{0};  // longest, since it was followed
        std::string target;  // empty until redirected
        unsigned draws = 0;
        unsigned avoided = 0;
        std::size_t position = 0;
        bool size_told = false;             // of a plain GET: bytes is what it has
        std::optional<std::uint64_t> have;  // of a plain GET whose answer has begun
        std::uint64_t came = 0;
        std::size_t rescued_at = SIZE_MAX;  // the position whose entry was asked for alone
        std::optional<time_point> rescue_began;
        std::optional<time_point> rescue_answered;
        std::uint32_t brought = 0;
        std::uint32_t claims = 0;
        unsigned hedges = 0;  // under way beside it
        unsigned hedges_failed = 0;
        time_point hedge_not_before{};
        std::uint32_t beside = 0;  // of a hedge: the id of the request it was made for
        duration waited{0};        // of a hedge: batch_action::waited
        std::optional<time_point> answered_at;
    };
    enum class reason : std::uint8_t { choice, evidence, rescue, settle, cold };
    struct plain_job {
        reason why = reason::evidence;
        time_point not_before{};
        unsigned attempt = 0;  // in a row without news
        std::uint64_t news = 0;
        unsigned strikes = 0;         // answers that were bad for no stated reason
        std::uint64_t most = 0;       // bytes that were ever here
        std::uint64_t cut_at = 0;     // bytes that were here when its answer was cut, the last time
        unsigned cuts = 0;            // there, in a row
        std::size_t least_bytes = 0;  // its answer was broken off: this much room is needed
        bool under_way = false;
        std::string blame = {};  // the target whose answer rested or ended at it; at fault if the entry is good
    };
    struct claim {
        error why;
        time_point at{};
        bool by_owner = false;      // a plain GET said so
        bool wants_bucket = false;  // whether its bucket has a backend is not known yet
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
    std::vector<std::uint32_t> still_in_batch(std::vector<std::uint32_t> const& of, bool uncovered) const;
    std::size_t count_in_batch(std::vector<std::uint32_t> const& of) const noexcept;

    bool may_go_alone(std::uint32_t entry) const;

    // answering
    void close(std::uint32_t entry);
    void refuse(std::uint32_t entry, sample_status status, std::shared_ptr<error const> why);
    sample_status status_of(error const& why) const;
    void fail(std::uint32_t entry, error why);
    void fail_all(std::vector<std::uint32_t> const& entries, error const& why);
    void give_up(error const& why);
    error about(std::uint32_t entry, error why) const;
    void note_trouble(error const& why);

    // a request's end
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
    void look_ahead_cold(request const& r, std::uint32_t claimed);

    // time
    void look(batch_surroundings const& s);
    void look_at(request& r, batch_surroundings const& s);
    void look_at_proxy(request& r, time_point now);
    void look_at_plain_rest(request& r, time_point now);
    void look_at_late_object(request& r, batch_surroundings const& s);
    void look_at_rest(request& r, time_point now);
    void look_at_lateness(request& r, batch_surroundings const& s);
    void look_at_claims(time_point now);
    void look_at_buckets(time_point now);
    void hedge(request& r, std::vector<std::uint32_t> entries, time_point now);
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

    std::vector<entry_state> entries_;
    std::uint32_t open_count_ = 0;
    std::list<request> requests_;
    std::deque<piece> pieces_;              // in the order of their first entries
    mutable std::uint32_t first_open_ = 0;  // all before it are answered
    std::map<std::uint32_t, plain_job> alone_;
    std::map<std::uint32_t, claim> claims_;
    std::map<std::uint32_t, std::shared_ptr<error const>>
        doubts_;                                                  // what an open entry becomes if nothing better comes
    std::map<std::pair<std::string, std::string>, bool> shards_;  // bucket, object: fetched by now
    std::map<std::uint32_t, time_point> doubted_since_;           // "missing", in a cluster that is not settled
    std::deque<batch_action> pending_;

    std::uint32_t next_id_ = 1;
    std::uint64_t news_ = 1;
    time_point news_at_;
    unsigned rounds_ = 0;  // Get-Batch requests in a row that ended in trouble without bringing anything
    unsigned rests_ = 0;   // Get-Batch answers that rested, fewer by those that did not
    std::optional<error> cancelled_;
    time_point wake_{};
    bool dirty_ = true;
    bool looking_ = false;     // a look at the map was asked for
    bool map_wanted_ = false;  // for another reason than a claim
    struct bucket_look {
        bool under_way = false;
        unsigned tries = 0;
        time_point not_before{};
    };
    std::map<std::string, bucket_look, std::less<>> bucket_looks_;
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
