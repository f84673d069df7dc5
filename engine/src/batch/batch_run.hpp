#pragma once

#include "../cluster/wake_list.hpp"
#include "attempt.hpp"
#include "batch_ledger.hpp"
#include "batch_task.hpp"
#include "request_scope.hpp"
#include "retry_rule.hpp"

#include <boost/asio/cancellation_signal.hpp>

#include <chrono>
#include <list>
#include <optional>

namespace aisle::detail {

/// The course of one batch: requests for what is open, one after the other, now and then two for the same; decisions
/// over those that fail; samples to the stream as they come. One thread, its shard's.
class batch_run final : private attempt_owner {
public:
    batch_run(fetch_context context, batch_work work);
    batch_run(batch_run const&) = delete;
    batch_run& operator=(batch_run const&) = delete;

    /// Completes when every entry is answered and every answer is read to its end or given up.
    http::task<void> run();

private:
    using clock = std::chrono::steady_clock;

    /// One attempt under way.
    struct course {
        course(attempt_context c, attempt::form as, std::vector<std::uint32_t> asked, assembler_options how)
            : it(c, as, std::move(asked), how) {}
        attempt it;
        boost::asio::cancellation_signal stop;
        std::optional<error> fault;
        std::optional<clock::time_point> answered_at;  // when nothing it was asked for was open any more
        bool is_hedge = false;
        bool ended = false;
        bool stopped = false;   // by us, as nobody needs the rest of it
        bool was_late = false;  // by us, as it took longer than a request may
    };

    // ---- attempt_owner
    result<void> read_was_taken() override;
    std::chrono::microseconds patience() const override;

    bool is_active(course& c) const { return !c.ended && !c.it.assembler().all_answered(); }
    course* active();
    clock::time_point next_look();
    void look(clock::time_point now);
    attempt::form form_of_batch() const;
    void start(request_scope::wish wish, bool is_hedge);
    void start_next(clock::time_point now);
    void hedge(clock::time_point now, bool stalled);
    std::optional<clock::time_point> hedge_due() const;
    std::optional<clock::time_point> stall_due() const;
    bool may_hedge() const;
    void stop(course& c);
    void stop_all();
    void poke();

    void reap();
    void conclude(course& c);
    void learn_from(course& c, clock::time_point now);
    void recover(course& c, error why, bool whole_answer_failed);
    void hand_over();
    void release_reserved(std::size_t bytes);
    assembler_options assembling(bool plain) const;

    fetch_context context_;
    batch_work work_;
    batch_ledger ledger_;
    request_scope scope_;
    wake_list wake_;
    std::list<course> courses_;
    clock::time_point const start_ = clock::now();
    clock::time_point last_news_ = start_;
    clock::time_point not_before_{};
    std::uint32_t open_at_news_;
    unsigned attempt_ = 0;     // requests in a row that brought nothing new, from the last that did
    bool troubled_ = false;    // a request has failed
    bool recovering_ = false;  // the next request is made again for what a fault left
    bool poked_ = false;       // there may be something to do
    unsigned hedges_ = 0;      // under way beside the request
    bool told_answered_ = false;
    std::size_t reserved_;
    std::uint64_t counted_bytes_ = 0;
    std::uint32_t counted_samples_ = 0;
};

}  // namespace aisle::detail
