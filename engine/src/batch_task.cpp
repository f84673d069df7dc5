#include "batch_task.hpp"

#include "answer_error.hpp"
#include "decode_samples.hpp"
#include "engine_impl.hpp"
#include "moss_call.hpp"
#include "request_plan.hpp"

#include <aisle/slice.hpp>

#include <boost/asio/cancellation_state.hpp>
#include <boost/asio/this_coro.hpp>

#include <algorithm>

namespace aisle::detail {
namespace {

using clock = std::chrono::steady_clock;

error cancelled() {
    return {errc::cancelled, stage::request, "the batch was cancelled"};
}

/// The course of one batch: what its steps share.
class batch_run {
public:
    batch_run(fetch_context context, batch_work work)
        : context_(context),
          work_(std::move(work)),
          assembler_(work_.what, work_.number, options_for(work_, context), context.slabs) {}

    http::task<void> run() {
        assembler_.answer_unsent(fresh_);
        hand_over();
        if (!assembler_.answered()) {
            auto outcome = co_await fetch();
            if (!outcome) fail(std::move(outcome).error());
        }
        work_.job->on_end(assembler_.report());
    }

private:
    static assembler_options options_for(batch_work const& work, fetch_context const& context) {
        auto const& asked = work.job->options();
        assembler_options out;
        out.missing = asked.missing;
        out.cont_on_err = asked.cont_on_err;
        out.only_object_names = asked.only_obj_name || needs_unames(*work.what, work.path_bucket);
        out.intake = {asked.decompress, context.max_sample_bytes};
        return out;
    }

    // An operation that completed as the signal came knows nothing of it.
    static http::task<bool> is_cancelled() {
        auto const state = co_await boost::asio::this_coro::cancellation_state;
        co_return state.cancelled() != boost::asio::cancellation_type::none;
    }

    http::task<result<void>> fetch() {
        auto request = moss_request(context_.endpoint, work_, assembler_.asked(), assembler_.only_object_names());
        if (!request) co_return request.error();
        if (co_await is_cancelled()) co_return cancelled();
        auto opening = context_.client.open(std::move(*request));
        auto opened = co_await std::move(opening);
        if (!opened) co_return opened.error();
        auto answer = std::move(*opened);
        auto const& from = answer.final_url();
        if (auto id = request_id_of(from.path); !id.empty()) assembler_.answered_by(from.authority(), std::move(id));
        if (answer.status() != 200) {
            auto reading = read_answer_error(answer);
            co_return co_await std::move(reading);
        }
        auto shape = shape_of(answer.header("Content-Type"));
        if (!shape) co_return shape.error();
        response_decoder decoder(std::move(*shape), context_.slabs);
        auto reading = read_all(answer, decoder);
        co_return co_await std::move(reading);
    }

    http::task<result<void>> read_all(http::response& answer, response_decoder& decoder) {
        partial_payload hold{};
        while (!answer.complete()) {
            if (co_await is_cancelled()) co_return cancelled();
            hold.bytes = decoder.lands_itself() ? nullptr : assembler_.collected();
            hold.rest = hold.bytes ? decoder.entry_remaining() : 0;
            auto reading = answer.read(hold);
            auto read = co_await std::move(reading);
            if (!read) co_return read.error();
            auto ok = decode_pieces(decoder, answer);
            note_format(decoder);
            hand_over();
            if (!ok) co_return ok.error();
            answer.set_patience(patience());
        }
        decoder.finish();
        auto ok = decode_samples(decoder, assembler_, answer.slab(), fresh_);
        hand_over();
        co_return ok;
    }

    // AIStore answers a format it does not have with plain tar: whoever asked is told what came.
    void note_format(response_decoder const& decoder) {
        auto& noted = assembler_.report().output_format;
        if (auto const format = decoder.format(); format && noted.empty()) noted = codec::request_mime_of(*format);
    }

    result<void> decode_pieces(response_decoder& decoder, http::response const& answer) {
        auto pieces = answer.pieces();
        std::span<std::byte> whole;
        if (decoder.wants_large_pieces() && pieces.size() > 1) {
            for (auto const piece : pieces) whole = join(whole, piece);
            pieces = {&whole, 1};
        }
        for (auto const piece : pieces) {
            decoder.feed(piece);
            if (auto ok = decode_samples(decoder, assembler_, answer.slab(), fresh_); !ok) return ok;
        }
        return {};
    }

    void hand_over() {
        auto& report = assembler_.report();
        if (!fresh_.empty()) {
            auto const since_start = clock::now() - start_;
            if (report.delivered > 0) {
                if (report.first_sample == report.first_sample.zero()) report.first_sample = since_start;
                report.last_sample = since_start;
            }
            auto const bytes = report.bytes - counted_bytes_;
            context_.counters.samples.fetch_add(report.delivered - counted_samples_, std::memory_order_relaxed);
            context_.counters.payload_bytes.fetch_add(bytes, std::memory_order_relaxed);
            counted_samples_ = report.delivered;
            counted_bytes_ = report.bytes;
            work_.job->on_samples(work_.number, fresh_);
        }
        if (assembler_.answered() && !told_answered_) {
            told_answered_ = true;
            context_.typical_batch += (report.last_sample - context_.typical_batch) / 8;
            work_.job->on_answered(work_, report);
        }
    }

    void fail(error why) {
        if (assembler_.answered()) context_.counters.tail_faults.fetch_add(1, std::memory_order_relaxed);
        assembler_.fail(std::move(why), fresh_);
        hand_over();
    }

    // With several answers under way a read may rest until more has arrived: a target's many small writes then cost one
    // wake-up for several samples instead of one each. The rest is a small part of what a batch takes anyway.
    std::chrono::microseconds patience() const {
        using namespace std::chrono_literals;
        if (assembler_.answered() || context_.counters.batches.load(std::memory_order_relaxed) < 4) return 0us;
        auto const rest = std::chrono::duration_cast<std::chrono::microseconds>(context_.typical_batch / 16);
        return rest < 1ms ? 0us : std::min<std::chrono::microseconds>(rest, 25ms);
    }

    fetch_context context_;
    batch_work work_;
    sample_assembler assembler_;
    std::vector<sample> fresh_;
    clock::time_point const start_ = clock::now();
    std::uint64_t counted_bytes_ = 0;
    std::uint32_t counted_samples_ = 0;
    bool told_answered_ = false;
};

}  // namespace

http::task<void> fetch_batch(fetch_context context, batch_work work) {
    // Cancellation shows as an error of the operation under way, and the run ends by its usual road.
    co_await boost::asio::this_coro::throw_if_cancelled(false);
    batch_run run(context, std::move(work));
    co_await run.run();
}

}  // namespace aisle::detail
