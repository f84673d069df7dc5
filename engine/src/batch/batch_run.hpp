#pragma once

#include "../answer/entry_listener.hpp"
#include "../answer/sample_assembler.hpp"
#include "../request/object_transfer.hpp"
#include "batch_driver.hpp"
#include "batch_ledger.hpp"
#include "batch_machine.hpp"

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

/// The driver of one batch: the machine's actions become requests, and what comes becomes its events and the ledger's
/// samples. Decides nothing. One thread, its shard's.
class batch_run final : public std::enable_shared_from_this<batch_run>, private cluster_watcher {
public:
    /// Made by std::make_shared: its requests keep it, as they may outlast the coroutine that makes them.
    batch_run(fetch_context context, batch_work work);
    batch_run(batch_run const&) = delete;
    batch_run& operator=(batch_run const&) = delete;
    ~batch_run();

    /// Completes when every entry is answered and every answer is read to its end or given up; at once when something
    /// of the engine's own fails, such as an allocation. The stream has then been cancelled, and is told of the batch's
    /// end when the last request is over.
    http::task<void> run();
    /// The coroutine that ran it is gone.
    void left() noexcept {
        if (!work_.ended()) fail(std::make_exception_ptr(std::bad_alloc()));
    }

private:
    using clock = std::chrono::steady_clock;

    /// One request under way, and whom its answer's reader reports to.
    struct call final : entry_listener {
        call(batch_run& of, batch_action const& a);

        bool is_open(std::uint32_t entry) const override;
        void deliver(std::uint32_t entry, std::shared_ptr<answer const> const& by, segments& bytes,
                     slab_ref const& in) override;
        void missing(std::uint32_t entry, error why) override;
        void spoilt(std::uint32_t entry, error why) override;
        bool expanded() override;

        batch_run& run;
        std::uint32_t const id;
        request_form const form;
        bool const another_proxy;
        bool any_target;
        sample_assembler assembler;
        boost::asio::cancellation_signal stop;
        std::optional<std::chrono::milliseconds> retry_after;
        std::string full_target;               // that a 429 named
        clock::time_point now = clock::now();  // when the bytes came that are being decoded: one look a read
        std::size_t expected;                  // bytes reserved for it that have not come
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
    void poke() noexcept;

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

    void hand_over(clock::time_point now);
    void wake_consumer() noexcept;
    void count();
    void expect_no_more_than_usual();
    std::size_t expected_bytes() const noexcept;

    fetch_context context_;
    batch_work work_;
    batch_ledger ledger_;
    batch_machine machine_;
    wake_list wake_;
    std::list<call> calls_;
    std::map<std::uint32_t, object_transfer> transfers_;  // of entries asked for alone: what has come stays
    clock::time_point const start_ = clock::now();
    bool poked_ = false;
    bool failed_ = false;
    bool sizes_seen_ = false;
    std::uint64_t counted_bytes_ = 0;
    std::uint32_t counted_samples_ = 0;
    std::uint64_t watched_bytes_ = 0;  // noted with the requests that brought them
    std::uint32_t watched_samples_ = 0;
    std::uint32_t noted_troubles_ = 0;
    struct {
        std::uint32_t retries = 0, hedges = 0, hedges_won = 0, plain_gets = 0, requests = 0, cold = 0;
    } counted_;
};

}  // namespace aisle::detail
