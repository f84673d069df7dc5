// How batch_run sends one request and reads its response.
#include "../answer/sample_assembler.hpp"
#include "../engine/cancellation.hpp"
#include "../request/answer_text.hpp"
#include "../request/get_batch_call.hpp"
#include "../request/retry_after.hpp"
#include "batch_run.hpp"
#include "fault.hpp"
#include "reading_turn.hpp"

#include <aisle/codec/archive_format.hpp>
#include <aisle/http/redirect.hpp>
#include <aisle/slice.hpp>

#include <boost/asio/post.hpp>
#include <boost/asio/this_coro.hpp>

#include <chrono>

namespace aisle::detail {
namespace {

using std::chrono::milliseconds;

// AIStore closes a stream that stalls for 30 s.
constexpr milliseconds longest_rest_for_memory{5'000};
constexpr milliseconds memory_poll{1};

// Large pieces if they are cheaper: then all are joined to one, which `whole` keeps.
std::span<std::span<std::byte> const> pieces_for(response_decoder const& decoder,
                                                 std::span<std::span<std::byte> const> pieces,
                                                 std::span<std::byte>& whole) {
    if (!decoder.wants_large_pieces() || pieces.size() < 2) return pieces;
    for (auto const piece : pieces) whole = join(whole, piece);
    return {&whole, 1};
}

std::optional<error> fault_of(result<void> ok) {
    if (ok) return std::nullopt;
    return std::move(ok).error();
}

// "t[ID]", the name of a node in AIStore's errors.
std::string_view id_in(std::string_view node) {
    auto const open = node.find('[');
    auto const close = node.find(']', open);
    return open == node.npos || close == node.npos ? node : node.substr(open + 1, close - open - 1);
}

}  // namespace

batch_run::call::call(batch_run& of, batch_action const& a)
    : run(of),
      id(a.id),
      form(a.form),
      another_proxy(a.another_proxy),
      any_target(a.any_target),
      assembler(of.work_.what, of.work_.number, *this, a.entries, of.assembling(a.form), of.context_.slabs),
      expected(a.bytes),
      other(of.context_.slabs) {}

bool batch_run::call::is_open(std::uint32_t entry) const {
    return run.machine_.is_open(entry);
}

void batch_run::call::deliver(std::uint32_t entry, std::shared_ptr<answer const> const& by, segments& bytes,
                              slab_ref const& in) {
    expected -= std::min(expected, bytes.size_bytes());
    if (run.machine_.delivered(id, entry, now)) run.ledger_.deliver(entry, by, bytes, in);
}

void batch_run::call::missing(std::uint32_t entry, error why) {
    run.machine_.claimed_missing(id, entry, std::move(why), now);
}

void batch_run::call::bad_payload(std::uint32_t entry, error why) {
    run.machine_.bad_payload(id, entry, std::move(why));
}

// A few bytes read may decompress to many: pass complete samples to the consumer before making more.
bool batch_run::call::expanded() {
    return run.context_.memory.is_overrun();
}

http::task<batch_run::outcome> batch_run::make(call& c) {
    // Cancellation appears as an error of the current operation.
    co_await boost::asio::this_coro::throw_if_cancelled(false);
    auto const waits_since = clock::now();
    auto entering = context_.cluster.enter();
    auto const permit = co_await std::move(entering);
    if (!permit) co_return cancelled();
    context_.sight.latency.queued.add(clock::now() - waits_since);
    auto asking = ask_and_read(c);
    co_return co_await std::move(asking);
}

result<http::request> batch_run::request_of(call const& c) {
    auto const asked = c.assembler.asked();
    if (c.form == request_form::plain) return transfer_of(asked.front()).next_request();
    auto const& options = work_.job->options();
    get_batch_form how;
    how.colocated = !c.any_target;
    how.only_object_names = c.assembler.only_object_names();
    how.streaming = c.form == request_form::streamed || options.streaming_get;
    how.format = c.form == request_form::streamed ? codec::archive_format::tar
                                                  : codec::archive_format_named(options.output_format).value();
    return get_batch_request(work_, asked, how, context_.bodies.take());
}

http::task<batch_run::outcome> batch_run::ask_and_read(call& c) {
    auto request = request_of(c);
    if (!request) co_return request.error();
    auto reaching = reach_target(c, *request);
    auto reached = co_await std::move(reaching);
    if (!reached) co_return reached.error();
    auto taking = take_answer(c, std::move(*reached));
    co_return co_await std::move(taking);
}

// Sends the request to a proxy and follows its redirect; repeats this if the machine rejects the target.
http::task<result<http::response>> batch_run::reach_target(call& c, http::request& r) {
    auto& cluster = context_.cluster;
    bool const plain = c.form == request_form::plain;
    for (;;) {
        auto const proxy = cluster.state().proxies.choose(c.another_proxy, clock::now());
        auto const sent_at = clock::now();
        machine_.sent(c.id, proxy, sent_at);
        if (machine_.needs_turn()) wake_up();
        auto asking = plain ? cluster.ask_proxy(r, proxy) : cluster.ask_proxy_to_the_end(r, proxy);
        auto answered = co_await std::move(asking);
        if (!answered) co_return answered.error();
        if (!http::is_redirect(answered->status())) {
            // A cluster of one node responds directly.
            bool const good = answered->status() == 200 || answered->status() == 206;
            if (good) {
                machine_.redirected(c.id, proxy.authority(), clock::now());
                c.watched.target = proxy.authority();
                c.watched.redirected_at = sent_at;
                context_.sight.head_came(c.watched, clock::now());
            }
            co_return std::move(*answered);
        }
        context_.sight.latency.proxy.add(clock::now() - sent_at);
        auto finding = cluster.where_to(*answered, r.target, plain);
        auto to = co_await std::move(finding);
        answered = error{};  // releases the response and its slab
        if (!to) co_return to.error();
        if (c.dropped && !plain) {
            cluster.follow_and_close(std::move(r), std::move(*to));
            co_return cancelled();
        }
        auto const opinion = machine_.redirected(c.id, to->authority(), clock::now());
        if (opinion.what != target_book::advice::leave) {
            wake_up();
            c.watched.target = to->authority();
            c.watched.redirected_at = clock::now();
            auto following = cluster.follow(std::move(r), std::move(*to));
            auto followed = co_await std::move(following);
            if (followed) context_.sight.head_came(c.watched, clock::now());
            co_return followed;
        }
        cluster.follow_and_close(r, std::move(*to));
        if (!std::exchange(c.any_target, true)) {
            auto anew = request_of(c);
            if (!anew) co_return anew.error();
            r = std::move(*anew);
        }
        if (opinion.wait.count() > 0) {
            http::timer pause(context_.executor, opinion.wait);
            co_await pause.async_wait(http::use_task_tuple);
        }
        auto const slot = co_await boost::asio::this_coro::cancellation_state;
        if (is_cancelled(slot)) co_return cancelled();
    }
}

http::task<batch_run::outcome> batch_run::take_answer(call& c, http::response answer) {
    bool const plain = c.form == request_form::plain;
    auto const& from = answer.final_url();
    auto id = request_id_of(from.path);
    if (plain || !id.empty()) {
        c.assembler.answered_by(from.authority(), std::move(id));
        ledger_.answering(c.assembler.answering());
    }
    if (answer.status() == 200 || (plain && answer.status() == 206)) {
        auto reading = plain ? read_object(c, answer) : read_batch(c, answer);
        co_return co_await std::move(reading);
    }
    auto const entry = c.assembler.asked().front();
    // The object has changed and is now shorter than the bytes received.
    if (plain && answer.status() == 416 && transfer_of(entry).received() > 0)
        if (auto ok = transfer_of(entry).begin(head_of(answer)); !ok) co_return std::move(ok).error();
    auto refusing = refusal(c, answer);
    error why = co_await std::move(refusing);
    bool const is_missing = plain && why.http_status == 404 && !is_of_bucket(why);
    if (!is_missing) co_return why;
    c.now = clock::now();
    c.assembler.claim_missing(entry, std::move(why.server_text));
    after_read(c);
    co_return outcome();
}

http::task<error> batch_run::refusal(call& c, http::response& answer) {
    c.retry_after =
        read_retry_after(answer.header("Retry-After"), answer.header("Date"), std::chrono::system_clock::now());
    if (is_refusal(answer.status())) shard_counters::add(context_.counters.refusals);
    std::string node;
    auto reading = read_answer_error(answer, node);
    error why = co_await std::move(reading);
    if (is_refusal(answer.status()))
        context_.sight.refused(work_.number, answer.final_url(), why, c.retry_after,
                               context_.cluster.state().limiter.limit());
    if (answer.status() == 429 && node.starts_with("t["))
        c.full_target = context_.cluster.state().view.address_of(id_in(node));
    co_return why;
}

http::task<batch_run::outcome> batch_run::read_batch(call& c, http::response& answer) {
    if (auto ok = check_content_encoding(answer.header("Content-Encoding")); !ok) co_return std::move(ok).error();
    auto shape = shape_of(answer.header("Content-Type"));
    if (!shape) co_return shape.error();
    metadata_limits limits;
    if (!shape->format) limits = metadata_limits_of(work_.what->entries(), c.assembler.asked());
    response_decoder decoder(std::move(*shape), context_.slabs, limits);
    partial_payload hold{};
    reading_turn turn(context_.executor, context_.reading, work_.job.get(), work_.number);
    while (!answer.complete()) {
        if (turn.must_wait()) {
            auto waiting = turn.wait([&] { machine_.progressed(c.id, c.assembler.position(), clock::now()); });
            co_await std::move(waiting);
        } else if (turn.may_have_arrived()) {
            co_await boost::asio::post(context_.executor, http::use_task_tuple);
        }
        auto const slot = co_await boost::asio::this_coro::cancellation_state;
        if (is_cancelled(slot)) co_return cancelled();
        hold.bytes = decoder.lands_itself() ? nullptr : c.assembler.collected();
        hold.rest = hold.bytes ? decoder.entry_remaining() : 0;
        hold.next = decoder.lands_itself() ? 0 : c.assembler.following_bytes();
        bool const is_read = turn.may_have_arrived() && answer.read_arrived(hold);
        if (!is_read) turn.nothing_arrived();
        if (!is_read && answer.begin_read(hold)) {
            auto reading = answer.reading();
            auto const [ec, n] = co_await std::move(reading);
            answer.end_read(ec, n);
        }
        turn.was_read(answer.expects_more());
        if (auto const* const why = answer.failure()) co_return *why;
        c.now = clock::now();
        outcome fault;
        outcome stop;
        std::span<std::byte> whole;
        auto pieces = pieces_for(decoder, answer.pieces(), whole);
        while (!pieces.empty() && !fault && !stop) {
            fault = fault_of(decode_samples(decoder, c.assembler, pieces, answer.slab()));
            while (c.assembler.resume() && !stop) {
                after_read(c);
                auto resting = hold_back(c);
                stop = co_await std::move(resting);
                if (!stop) fault = fault_of(decode_samples(decoder, c.assembler, answer.slab()));
            }
        }
        c.other.is_now(decoder.memory() + c.assembler.memory());
        // For an unsupported format AIStore sends plain tar: report the format that arrived.
        auto& noted = ledger_.report().output_format;
        if (auto const format = decoder.format(); format && noted.empty() && c.form == request_form::as_asked)
            noted = codec::request_mime_of(*format);
        after_read(c);
        if (fault) co_return fault;
        if (!stop && context_.memory.is_overrun()) {
            auto resting = hold_back(c);
            stop = co_await std::move(resting);
        }
        if (stop) co_return stop;
        answer.set_patience(c.assembler.all_passed() ? std::chrono::microseconds(0) : patience());
    }
    decoder.finish();
    outcome fault;
    do fault = fault_of(decode_samples(decoder, c.assembler, answer.slab()));
    while (c.assembler.resume());
    after_read(c);
    co_return fault;
}

http::task<batch_run::outcome> batch_run::read_object(call& c, http::response& answer) {
    auto const entry = c.assembler.asked().front();
    auto& transfer = transfer_of(entry);
    std::uint64_t came = 0;
    if (auto ok = transfer.begin(head_of(answer)); !ok) co_return std::move(ok).error();
    auto const report = [&] { machine_.received(c.id, transfer.received(), came, clock::now()); };
    report();
    // If the memory for all of it is not free now, the machine requests it again when it is.
    if (auto const size = transfer.size()) {
        machine_.told_size(c.id, *size);
        work_.release(std::exchange(c.expected, 0));
    }
    c.other.is_now(transfer.lacking_bytes());
    if (auto stop = broken_off(c)) {
        transfer.restart();
        co_return stop;
    }
    partial_payload nothing{};
    while (!answer.complete() && !transfer.complete()) {
        auto const slot = co_await boost::asio::this_coro::cancellation_state;
        if (is_cancelled(slot)) co_return cancelled();
        auto reading = answer.read(nothing);
        auto read = co_await std::move(reading);
        if (!read) co_return read.error();
        for (auto const piece : answer.pieces()) {
            came += piece.size();
            if (auto ok = transfer.data(piece); !ok) co_return std::move(ok).error();
        }
        report();
        c.other.is_now(transfer.lacking_bytes());
        if (!context_.memory.is_overrun()) continue;
        // It is another response's turn: release what was read.
        auto resting = hold_back(c);
        if (auto stop = co_await std::move(resting)) {
            transfer.restart();
            co_return stop;
        }
    }
    if (!transfer.complete())
        if (auto ok = transfer.end_of_body(); !ok) co_return std::move(ok).error();
    auto whole = transfer.take();
    codec::entry_header header;
    header.size = whole.bytes.size_bytes();
    c.assembler.begin_bare(header);
    for (auto const run : whole.bytes.runs()) c.assembler.data(run, whole.in);
    c.now = clock::now();
    if (auto ok = c.assembler.end_entry(0, whole.in); !ok) co_return std::move(ok).error();
    c.other.is_now(c.assembler.memory());
    after_read(c);
    co_return outcome();
}

// After a read, informs the machine and the consumer.
void batch_run::after_read(call& c) {
    machine_.progressed(c.id, c.assembler.position(), c.now);
    bool const needs_turn = machine_.needs_turn();
    // Samples delivered since the last read belong to this response.
    auto const& report = ledger_.report();
    c.watched.bytes += report.bytes - std::exchange(watched_bytes_, report.bytes);
    c.watched.samples += report.delivered - std::exchange(watched_samples_, report.delivered);
    hand_over(c.now);
    if (c.watched.last_at == clock::time_point() && c.assembler.all_passed()) c.watched.last_at = c.now;
    if (needs_turn) wake_up();
}

// The response that the consumer waits for pauses until the consumer has taken what is ready, usually immediately.
// Later responses are aborted, so that they hold no memory.
http::task<batch_run::outcome> batch_run::hold_back(call& c) {
    auto const until = clock::now() + longest_rest_for_memory;
    for (bool first = true;; first = false) {
        auto over = broken_off(c);
        if (!over || clock::now() >= until || !machine_.may_rest(c.id, surroundings())) co_return over;
        if (first) tell_held_back();
        http::timer pause(context_.executor, memory_poll);
        co_await pause.async_wait(http::use_task_tuple);
        auto const slot = co_await boost::asio::this_coro::cancellation_state;
        if (is_cancelled(slot)) co_return cancelled();
        c.now = clock::now();
        machine_.progressed(c.id, c.assembler.position(), c.now);
    }
}

void batch_run::tell_held_back() noexcept {
    auto const memory = context_.memory.view();
    context_.sight.held_back(work_.number, memory.in_use_bytes, memory.budget_bytes);
}

batch_run::outcome batch_run::broken_off(call& c) {
    bool const overrun = context_.memory.is_overrun();
    if (overrun && machine_.over_budget(c.id, surroundings(), overrun))
        return error{make_error_code(boost::system::errc::not_enough_memory), stage::response,
                     "response aborted: memory budget exceeded and the consumer is not taking samples"};
    return {};
}

object_transfer& batch_run::transfer_of(std::uint32_t entry) {
    return transfers_.try_emplace(entry, work_.what->entries()[entry], context_.slabs, context_.max_sample_bytes)
        .first->second;
}

}  // namespace aisle::detail
