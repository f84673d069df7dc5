#pragma once

#include "../answer/entry_listener.hpp"
#include "../answer/sample_assembler.hpp"
#include "../request/object_transfer.hpp"
#include "batch_driver.hpp"
#include "batch_ledger.hpp"
#include "batch_machine.hpp"

#include <aisle/http/deadlines.hpp>
#include <aisle/recycler.hpp>

#include <boost/asio/cancellation_signal.hpp>

#include <chrono>
#include <exception>
#include <list>
#include <map>
#include <memory>
#include <new>
#include <optional>
#include <string>

namespace aisle::detail {

class response_decoder;

/// The driver of one batch: executes the machine's actions as requests, and turns what arrives into events and into the
/// ledger's samples. Makes no decisions. One thread, its shard's.
class batch_run final : public std::enable_shared_from_this<batch_run>, private cluster_watcher {
public:
    /// Create as a shared pointer: requests hold one, because they may outlive the coroutine that starts them.
    batch_run(fetch_context context, batch_work work);
    batch_run(batch_run const&) = delete;
    batch_run& operator=(batch_run const&) = delete;
    ~batch_run();

    /// Completes when every entry is answered and every response is read to its end or given up; immediately if
    /// something in the engine fails, such as an allocation. The stream is then cancelled, and the end of the batch is
    /// reported to it after the last request.
    http::task<void> run();
    /// The coroutine of run() was destroyed.
    void left() noexcept {
        if (!work_.ended()) fail(std::make_exception_ptr(std::bad_alloc()));
    }

private:
    using clock = std::chrono::steady_clock;

    /// One request in flight; its response's reader reports to it.
    struct call final : entry_listener {
        call(batch_run& of, batch_action const& a);

        bool is_open(std::uint32_t entry) const override;
        void deliver(std::uint32_t entry, std::shared_ptr<answer const> const& by, segments& bytes,
                     slab_ref const& in) override;
        void missing(std::uint32_t entry, error why) override;
        void bad_payload(std::uint32_t entry, error why) override;
        bool expanded() override;

        batch_run& run;
        std::uint32_t const id;
        request_form const form;
        bool const another_proxy;
        bool any_target;
        sample_assembler assembler;
        boost::asio::cancellation_signal stop;
        std::optional<std::chrono::milliseconds> retry_after;
        std::string full_target;               // named by a 429
        clock::time_point now = clock::now();  // when the bytes being decoded arrived: one clock read per socket read
        std::size_t expected;                  // bytes reserved for it that have not arrived
        other_memory other;
        watched_request watched;
        bool dropped = false;
        bool ended = false;
    };
    using outcome = std::optional<error>;

    // ---- cluster_watcher
    void map_seen(clock::time_point began, bool well) noexcept override;
    void bucket_seen(std::string_view bucket) noexcept override;

    batch_surroundings surroundings() const;
    void act();
    void start(batch_action const& a);
    void ended(call& c, std::exception_ptr failure, outcome fault) noexcept;
    template <class F>
    void carry_out(F&& step) noexcept;
    void fail(std::exception_ptr failure) noexcept;
    void drop(call& c) noexcept;
    void forget(std::uint32_t id) noexcept;
    void wake_up() noexcept;

    // ---- one request (batch_request.cpp)
    http::task<outcome> make(call& c);
    result<http::request> request_of(call const& c);
    http::task<outcome> ask_and_read(call& c);
    http::task<result<http::response>> reach_target(call& c, http::request& r);
    http::task<outcome> take_answer(call& c, http::response answer);
    http::task<error> refusal(call& c, http::response& answer);
    http::task<outcome> read_batch(call& c, http::response& answer);
    http::task<outcome> read_object(call& c, http::response& answer);
    void after_read(call& c);
    http::task<outcome> hold_back(call& c);
    outcome broken_off(call& c);
    void tell_held_back() noexcept;

    object_transfer& transfer_of(std::uint32_t entry);
    assembler_options assembling(request_form form) const;
    std::chrono::microseconds patience() const;
    std::chrono::microseconds consumer_patience() const;
    std::chrono::microseconds rest(unsigned part) const;

    void hand_over(clock::time_point now);
    void wake_consumer(waking how, std::chrono::microseconds patience) noexcept;
    void wake_late() noexcept;
    void count();
    void expect_no_more_than_usual();
    std::size_t expected_bytes() const noexcept;

    fetch_context context_;
    batch_work work_;
    batch_ledger ledger_;
    batch_machine machine_;
    wake_list wake_;
    http::time_limit late_wake_;  // for a consumer that waits while more arrives
    std::list<call, recycled<call>> calls_;
    std::map<std::uint32_t, object_transfer> transfers_;  // for plain GETs: keeps the bytes received
    clock::time_point const start_ = clock::now();
    bool woken_up_ = false;
    bool failed_ = false;
    bool sizes_seen_ = false;
    std::uint64_t counted_bytes_ = 0;
    std::uint32_t counted_samples_ = 0;
    std::uint64_t watched_bytes_ = 0;  // noted with the requests that delivered them
    std::uint32_t watched_samples_ = 0;
    std::uint32_t noted_troubles_ = 0;
    struct {
        std::uint32_t retries = 0, hedges = 0, hedges_won = 0, plain_gets = 0, requests = 0, cold = 0;
    } counted_;
};

}  // namespace aisle::detail
