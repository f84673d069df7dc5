#include "object_calls.hpp"

#include "../call/cluster_call.hpp"
#include "../engine/cancellation.hpp"
#include "../request/answer_text.hpp"
#include "../request/cluster_path.hpp"
#include "../request/object_transfer.hpp"

#include <aisle/codec/checksum/checksum.hpp>

#include <boost/asio/post.hpp>
#include <boost/asio/this_coro.hpp>

#include <algorithm>
#include <optional>

namespace aisle::detail {
namespace {

object_checksum checksum_in(http::response const& answer) {
    return {std::string(answer.header("Ais-Checksum-Type")), std::string(answer.header("Ais-Checksum-Value"))};
}

object_info info_in(http::response const& answer, entry const& what) {
    object_info out;
    out.name = what.object;
    out.archpath = what.archpath;
    out.checksum = checksum_in(answer);
    out.version = answer.header("Ais-Version");
    out.location = answer.header("Ais-Location");
    out.cached = true;
    return out;
}

/// The hasher for a checksum; nullopt if there is no checksum, or this host cannot compute its type.
std::optional<codec::hasher> hasher_for(object_checksum const& sum) {
    auto const type = codec::checksum_type_of(sum.type);
    if (!type || sum.value.empty()) return std::nullopt;
    auto made = codec::hasher::make(*type);
    if (!made) return std::nullopt;
    return std::move(*made);
}

error wrong_checksum(object_checksum const& reported, std::string const& have) {
    return {errc::wrong_checksum, stage::payload,
            "the server reports the checksum " + reported.text() + ", the bytes have " + have};
}

/// Compares bytes with the checksum that the server reported. The shard does other work between the pieces; a
/// cancellation takes effect there. piece_at(offset): the bytes from there on, as many as are hashed at a time.
template <class PieceAt>
http::task<result<void>> compare_sum(object_checksum reported, std::uint64_t size, PieceAt piece_at,
                                     http::executor executor) {
    auto hasher = hasher_for(reported);
    if (!hasher) co_return result<void>{};
    for (std::uint64_t at = 0; at < size;) {
        result<std::span<std::byte const>> const piece = piece_at(at);
        if (!piece) co_return piece.error();
        hasher->update(*piece);
        at += piece->size();
        co_await boost::asio::post(executor, http::use_task);
        auto const slot = co_await boost::asio::this_coro::cancellation_state;
        if (is_cancelled(slot)) co_return cancelled();
    }
    if (auto const have = hasher->finish(); have != reported.value) co_return wrong_checksum(reported, have);
    co_return result<void>{};
}

class object_call : public cluster_call {
public:
    object_call(entry const& what, char const* verb) : what_(what), verb_(verb) {}

    bool is_for_target() const noexcept override { return true; }
    std::string what() const override {
        auto out = verb_ + (' ' + what_.bucket) + '/' + what_.object;
        if (!what_.archpath.empty()) out += '/' + what_.archpath;
        return out;
    }

protected:
    result<http::request> request_of(char const* method) const {
        auto const bucket = read_bucket(what_.bucket);
        if (!bucket) return bucket.error();
        http::request out;
        out.method = method;
        name_object(out.target, *bucket, what_.object);
        return out;
    }

    entry const& what_;
    char const* const verb_;
};

class head_call final : public object_call {
public:
    explicit head_call(entry const& what) : object_call(what, "head") {}

    result<http::request> next_request() override { return request_of("HEAD"); }

    http::task<result<void>> take(http::response& answer) override {
        if (answer.status() != 200) {
            auto refusing = refusal_in(answer);
            co_return co_await std::move(refusing);
        }
        info = info_in(answer, what_);
        auto const size = number_in(answer, "Content-Length");
        if (!size) co_return error{errc::bad_http, stage::response, "the response does not have the object's size"};
        info.size = *size;
        info.cached = answer.header("Ais-Present") != "false";
        co_return result<void>{};
    }

    object_info info;
};

class get_call final : public object_call {
public:
    get_call(entry const& what, operation_context const& context)
        : object_call(what, "get"),
          transfer_(what, context.slabs, context.max_sample_bytes),
          executor_(context.executor) {}

    result<http::request> next_request() override { return transfer_.next_request(); }
    bool has_progressed() override { return std::exchange(progressed_, false); }

    http::task<result<void>> take(http::response& answer) override {
        auto const status = answer.status();
        // 416: the range is outside the object, or the object has become shorter.
        bool const is_object = status == 200 || status == 206 || status == 416;
        if (!is_object) {
            auto refusing = refusal_in(answer);
            co_return co_await std::move(refusing);
        }
        if (auto ok = transfer_.begin(head_of(answer)); !ok) co_return ok;
        // A response with the rest of an object may have a checksum of that part (AIStore's
        // checksum.enable_read_range), so that of the first response is used. A response with the whole object may be
        // of another version.
        if (status == 200 || !has_info_ || transfer_.received() == 0) info_ = info_in(answer, what_);
        has_info_ = true;
        auto reading = read(answer);
        auto const read = co_await std::move(reading);
        if (!read) co_return read;
        auto taken = transfer_.take();
        std::span<std::byte const> bytes;
        if (!taken.bytes.runs().empty()) bytes = taken.bytes.runs().front();
        // AIStore sends the checksum of the whole object, also for a range or a member.
        if (what_.archpath.empty() && what_.range.whole()) {
            auto const piece_at = [bytes](std::uint64_t at) -> result<std::span<std::byte const>> {
                constexpr std::size_t most = std::size_t{4} << 20;
                auto const from = static_cast<std::size_t>(at);
                return bytes.subspan(from, std::min(most, bytes.size() - from));
            };
            auto comparing = compare_sum(info_.checksum, bytes.size(), piece_at, executor_);
            if (auto const ok = co_await std::move(comparing); !ok) co_return ok;
        }
        info_.size = bytes.size();
        // From now on it is the caller's memory.
        if (taken.in) taken.in.hand_over();
        data = object_data(std::move(info_), bytes, std::move(taken.in));
        co_return result<void>{};
    }

    object_data data;

private:
    http::task<result<void>> read(http::response& answer) {
        partial_payload nothing{};
        while (!answer.complete() && !transfer_.complete()) {
            auto reading = answer.read(nothing);
            if (auto read = co_await std::move(reading); !read) co_return read;
            for (auto const piece : answer.pieces())
                if (auto ok = transfer_.data(piece); !ok) co_return ok;
            // Each response has a member from its start: only bytes that had not arrived before are progress.
            if (transfer_.received() > most_received_) {
                most_received_ = transfer_.received();
                progressed_ = true;
            }
        }
        if (transfer_.complete()) co_return result<void>{};
        co_return transfer_.end_of_body();
    }

    object_transfer transfer_;
    http::executor executor_;
    object_info info_;
    bool has_info_ = false;
    std::uint64_t most_received_ = 0;
    bool progressed_ = false;
};

class put_call final : public object_call {
public:
    put_call(entry const& what, std::shared_ptr<http::body_source> data, http::executor executor)
        : object_call(what, "put"), data_(std::move(data)), executor_(executor) {}

    result<http::request> next_request() override {
        is_sent_ = false;
        return request_of("PUT");
    }
    void complete(http::request& r) override {
        is_sent_ = true;
        r.source = data_;
    }

    http::task<result<void>> take(http::response& answer) override {
        if (answer.status() != 200) {
            auto refusing = refusal_in(answer);
            co_return co_await std::move(refusing);
        }
        if (!is_sent_)
            co_return error{errc::bad_redirect, stage::redirect,
                            "the proxy did not redirect to a target, so the data was not sent: it may be a gateway"};
        info = info_in(answer, what_);
        info.size = data_->size();
        auto draining = answer.drain();
        co_await std::move(draining);
        auto const piece_at = [data = data_](std::uint64_t at) { return data->read(at); };
        auto comparing = compare_sum(info.checksum, data_->size(), piece_at, executor_);
        co_return co_await std::move(comparing);
    }

    object_info info;

private:
    std::shared_ptr<http::body_source> data_;
    http::executor executor_;
    bool is_sent_ = false;  // to a target, in this attempt
};

}  // namespace

http::task<result<object_info>> head_object(operation_context context, entry what, operation_options options) {
    head_call call(what);
    auto carrying = carry_out(context, call, options.retry);
    auto const done = co_await std::move(carrying);
    if (!done) co_return done.error();
    co_return std::move(call.info);
}

http::task<result<object_data>> get_object(operation_context context, entry what, retry_options retry) {
    get_call call(what, context);
    auto carrying = carry_out(context, call, retry);
    auto const done = co_await std::move(carrying);
    if (!done) co_return done.error();
    co_return std::move(call.data);
}

http::task<result<object_info>> put_object(operation_context context, entry what,
                                           std::shared_ptr<http::body_source> data, retry_options retry) {
    put_call call(what, std::move(data), context.executor);
    auto carrying = carry_out(context, call, retry);
    auto const done = co_await std::move(carrying);
    if (!done) co_return done.error();
    co_return std::move(call.info);
}

}  // namespace aisle::detail
