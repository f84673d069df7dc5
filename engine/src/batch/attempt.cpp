#include "attempt.hpp"

#include "../answer/decode_samples.hpp"
#include "../engine/cancellation.hpp"
#include "../request/answer_error.hpp"
#include "../request/answer_text.hpp"
#include "../request/moss_call.hpp"
#include "../request/object_call.hpp"

#include <aisle/slice.hpp>

#include <boost/asio/this_coro.hpp>

#include <algorithm>

namespace aisle::detail {
attempt::attempt(attempt_context context, form as, std::vector<std::uint32_t> asked, assembler_options options)
    : context_(context), form_(as), assembler_(context.ledger, std::move(asked), options, context.slabs) {}

http::task<result<void>> attempt::run() {
    // Cancellation shows as an error of the operation under way.
    co_await boost::asio::this_coro::throw_if_cancelled(false);
    auto entering = context_.cluster.enter();
    auto const permit = co_await std::move(entering);
    if (!permit) co_return cancelled();
    started_ = clock::now();
    auto asking = ask_and_read();
    co_return co_await std::move(asking);
}

http::task<result<void>> attempt::ask_and_read() {
    bool const plain = form_ == form::plain;
    auto request =
        plain ? object_request(context_.ledger.at(assembler_.asked().front()))
              : moss_request(context_.work, assembler_.asked(), assembler_.only_object_names(), form_ == form::stream);
    if (!request) co_return request.error();
    auto opening = context_.cluster.ask(std::move(*request), retry_after_, held_back_);
    auto opened = co_await std::move(opening);
    if (!opened) co_return opened.error();
    auto answer = std::move(*opened);
    auto const& from = answer.final_url();
    auto id = request_id_of(from.path);
    if (plain || !id.empty()) assembler_.answered_by(from.authority(), std::move(id));
    bool const good = answer.status() == 200 || (plain && answer.status() == 206);
    if (good) {
        auto reading = plain ? read_object(answer) : read_batch(answer);
        co_return co_await std::move(reading);
    }
    auto reading = read_answer_error(answer);
    error why = co_await std::move(reading);
    if (!plain || why.http_status != 404) co_return why;
    assembler_.claim_missing(assembler_.asked().front(), std::move(why.server_text));
    auto settling = after_read();
    co_return co_await std::move(settling);
}

http::task<result<void>> attempt::read_batch(http::response& answer) {
    auto shape = shape_of(answer.header("Content-Type"));
    if (!shape) co_return shape.error();
    response_decoder decoder(std::move(*shape), context_.slabs);
    partial_payload hold{};
    while (!answer.complete()) {
        auto asking = is_cancelled();
        if (bool const stop = co_await std::move(asking); stop) co_return cancelled();
        hold.bytes = decoder.lands_itself() ? nullptr : assembler_.collected();
        hold.rest = hold.bytes ? decoder.entry_remaining() : 0;
        auto reading = answer.read(hold);
        auto read = co_await std::move(reading);
        if (!read) co_return read.error();
        last_read_ = clock::now();
        auto ok = decode_pieces(decoder, answer);
        note_format(decoder);
        auto settling = after_read();
        auto settled = co_await std::move(settling);
        if (!ok) co_return ok;
        if (!settled) co_return settled;
        answer.set_patience(assembler_.all_passed() ? std::chrono::microseconds(0) : context_.owner.patience());
    }
    decoder.finish();
    auto ok = decode_samples(decoder, assembler_, answer.slab());
    auto settling = after_read();
    auto settled = co_await std::move(settling);
    if (ok) ok = std::move(settled);
    co_return ok;
}

http::task<result<void>> attempt::read_object(http::response& answer) {
    auto const length = number_in(answer, "Content-Length");
    if (!length) co_return error{errc::unframed_body, stage::response, "an object without Content-Length"};
    auto const part = part_of_body(context_.ledger.at(assembler_.asked().front()), answer.status(), *length);
    if (!part) co_return part.error();
    codec::entry_header header;
    header.size = part->size;
    assembler_.begin_bare(header);
    auto skip = part->skip;
    auto left = part->size;
    partial_payload hold{};
    while (!answer.complete()) {
        auto asking = is_cancelled();
        if (bool const stop = co_await std::move(asking); stop) co_return cancelled();
        hold.bytes = assembler_.collected();
        hold.rest = hold.bytes ? left : 0;
        auto reading = answer.read(hold);
        auto read = co_await std::move(reading);
        if (!read) co_return read.error();
        for (std::span<std::byte const> piece : answer.pieces()) {
            auto const skipped = std::min<std::uint64_t>(skip, piece.size());
            skip -= skipped;
            piece = piece.subspan(static_cast<std::size_t>(skipped));
            piece = piece.first(static_cast<std::size_t>(std::min<std::uint64_t>(left, piece.size())));
            left -= piece.size();
            if (!piece.empty()) assembler_.data(piece, answer.slab());
        }
        if (auto ok = context_.owner.read_was_taken(); !ok) co_return ok;
    }
    auto ended = assembler_.end_entry(0, answer.slab());
    if (!ended) co_return ended;
    co_return context_.owner.read_was_taken();
}

// What the server says is missing is believed, or not, before the next read.
http::task<result<void>> attempt::after_read() {
    if (assembler_.has_claims()) {
        auto asking = context_.cluster.missing_is_doubtful();
        bool const doubtful = co_await std::move(asking);
        assembler_.settle_claims(!doubtful);
    }
    co_return context_.owner.read_was_taken();
}

// AIStore answers a format it does not have with plain tar: whoever asked is told what came.
void attempt::note_format(response_decoder const& decoder) {
    auto& noted = context_.ledger.report().output_format;
    if (auto const format = decoder.format(); format && noted.empty()) noted = codec::request_mime_of(*format);
}

result<void> attempt::decode_pieces(response_decoder& decoder, http::response const& answer) {
    auto pieces = answer.pieces();
    std::span<std::byte> whole;
    if (decoder.wants_large_pieces() && pieces.size() > 1) {
        for (auto const piece : pieces) whole = join(whole, piece);
        pieces = {&whole, 1};
    }
    for (auto const piece : pieces) {
        decoder.feed(piece);
        if (auto ok = decode_samples(decoder, assembler_, answer.slab()); !ok) return ok;
    }
    return {};
}

}  // namespace aisle::detail
