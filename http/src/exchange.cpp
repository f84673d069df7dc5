#include "exchange.hpp"

#include "request_head.hpp"

#include <boost/asio/error.hpp>

#include <new>
#include <utility>

namespace aisle::http {
namespace {

// A redirect's body is a line of HTML. More than this is not worth reading for the sake of the connection.
constexpr std::uint64_t small_body_bytes = 64 * 1024;

// What a server may have acted on must not be sent twice (RFC 9110, section 9.2.2).
bool may_repeat(std::string_view method) {
    return method != "POST" && method != "PATCH";
}

}  // namespace

exchange::exchange(std::shared_ptr<client_core> core, url at)
    : core_(std::move(core)),
      at_(std::move(at)),
      buffer_(core_->slabs, core_->options.slab_bytes, core_->options.read_bytes) {}

task<result<void>> exchange::begin(request const& r) {
    auto const head = request_head(r, at_, core_->options.user_agent);
    if (!head) co_return head.error();
    if (r.method == "HEAD") parser_ = response_parser(response_parser::body::none);
    auto leased = co_await core_->pool.acquire(at_.origin());
    if (!leased) co_return leased.error();
    lease_ = std::move(*leased);

    if (lease_.reuse()) {
        ++core_->counts.connections_reused;
        auto done = co_await send(*head, r);
        if (done) co_return done;
        bool const died = !answered_ && done.error().code == errc::connection_lost;
        if (!died || !may_repeat(r.method) || core_->pool.closed()) co_return fail(std::move(done).error());
        ++core_->counts.stale_retries;
        reusable_ = true;
    }
    if (!core_->pool.make_room())
        co_return fail({boost::system::errc::make_error_code(boost::system::errc::too_many_files_open), stage::connect,
                        "no file descriptor for a connection to " + at_.authority() + " (ulimit -n)"});
    lease_.renew();
    auto const limit = r.connect_timeout.value_or(core_->options.connect_timeout);
    auto done = co_await lease_->connect(at_, core_->names, core_->tls, limit);
    if (done) {
        ++core_->counts.connections_opened;
        done = co_await send(*head, r);
    }
    if (done) co_return done;
    co_return fail(std::move(done).error());
}

task<result<void>> exchange::send(std::string_view head, request const& r) {
    std::string_view const body = r.body ? std::string_view(*r.body) : std::string_view();
    auto written = co_await lease_->write(head, body, core_->options.idle_timeout);
    if (!written) {
        if (lease_->abandoned()) co_return written;
        reusable_ = false;  // the server stopped listening, but may have said why before it did
    }
    lease_->set_deadline(errc::first_byte_timeout, r.first_byte_timeout.value_or(core_->options.first_byte_timeout));
    auto answered = co_await read_head();
    if (answered || written || answered.error().code != errc::connection_lost) co_return answered;
    co_return written;
}

task<result<void>> exchange::read_head() {
    // The slab is taken when there is something to put in it: a request may wait long for its answer.
    if (auto ready = co_await lease_->wait_readable(); !ready) co_return ready;
    partial_payload nothing;
    while (!parser_.head_done()) {
        connection::read_wish wish{buffer_.prepare(nothing)};
        auto const got = co_await lease_->read(wish);
        if (!got) co_return got.error();
        if (*got == 0) co_return parser_.end_of_stream();
        answered_ = true;
        ++core_->counts.reads;
        core_->counts.bytes_read += *got;
        buffer_.commit(*got);
        if (auto ok = parse(); !ok) co_return ok;
    }
    if (complete())
        finish();
    else
        lease_->clear_deadline();
    pieces_ahead_ = true;
    co_return result<void>{};
}

task<void> exchange::drain() {
    pieces_ahead_ = false;
    partial_payload nothing;
    while (!complete() && parser_.body_bytes() < small_body_bytes)
        if (auto ok = co_await read(nothing); !ok) break;
    pieces_.clear();
    if (!complete() && !failure_) fail({errc::limit_exceeded, stage::response, "the body is too large to be dropped"});
    buffer_.release();
}

task<result<void>> exchange::read(partial_payload& hold) {
    if (std::exchange(pieces_ahead_, false)) co_return result<void>{};
    pieces_.clear();
    if (failure_) co_return *failure_;
    if (complete()) co_return result<void>{};
    if (parser_.complete()) co_return fail(parse().error());  // and yet there are bytes: they trail
    try {
        connection::read_wish wish{buffer_.prepare(hold), pacing_.mark(parser_.body_left()), pacing_.patience()};
        lease_->set_deadline(errc::idle_timeout, core_->options.idle_timeout);
        auto const got = co_await lease_->read(wish);
        if (!got) co_return fail(parser_.located(got.error()));
        lease_->clear_deadline();
        if (*got == 0) co_return fail(parser_.end_of_stream().error());
        ++core_->counts.reads;
        core_->counts.bytes_read += *got;
        buffer_.commit(*got);
    } catch (std::bad_alloc const&) {
        co_return fail(parser_.located(
            {errc::limit_exceeded, stage::response,
             "no memory for a payload of which " + std::to_string(hold.rest) + " bytes are still to come"}));
    } catch (boost::system::system_error const& e) {
        // A coroutine that throws when cancelled was cancelled between two operations.
        if (e.code() != boost::asio::error::operation_aborted) throw;
        co_return fail(parser_.located({errc::cancelled, stage::response, "cancelled"}));
    }
    if (auto ok = parse(); !ok) co_return fail(std::move(ok).error());
    if (complete()) finish();
    co_return result<void>{};
}

result<void> exchange::parse() {
    auto const used = parser_.parse(buffer_.unparsed(), pieces_);
    if (!used) return used.error();
    buffer_.consume(*used);
    return {};
}

error exchange::fail(error e) {
    if (!failure_) failure_ = std::move(e);
    pieces_.clear();
    lease_ = {};
    return *failure_;
}

void exchange::abandon(errc why) noexcept {
    if (lease_) lease_->abandon(why);
}

void exchange::finish() noexcept {
    if (reusable_ && parser_.keep_alive())
        lease_.keep();
    else
        lease_ = {};
}

}  // namespace aisle::http
