#include "exchange.hpp"

#include "../message/request_head.hpp"

#include <boost/asio/this_coro.hpp>

#include <algorithm>
#include <new>
#include <utility>

namespace aisle::http {
namespace {

// A redirect's body is one line of HTML. Reading more than this is not worth the connection.
constexpr std::uint64_t small_body_bytes = 64 * 1024;

// A read of this size found a full receive buffer: the sender was waiting, and fills it again immediately.
constexpr std::size_t much_bytes = 128 * 1024;

// A request that a server may have executed must not be sent twice (RFC 9110, section 9.2.2).
bool may_repeat(std::string_view method) {
    return method != "POST" && method != "PATCH";
}

}  // namespace

exchange::exchange(std::shared_ptr<client_core> core, url at)
    : core_(std::move(core)),
      at_(std::move(at)),
      buffer_(core_->slabs, core_->options.slab_bytes, core_->options.read_bytes),
      pieces_(core_->take_pieces()) {}

exchange::~exchange() {
    core_->give_back_pieces(std::move(pieces_));
}

task<result<void>> exchange::begin(request const& r) {
    auto const head = request_head(r, at_, core_->options.user_agent);
    if (!head) co_return head.error();
    idle_limit_ = r.idle_timeout.value_or(core_->options.idle_timeout);
    if (r.method == "HEAD") parser_ = response_parser(response_parser::body::none);
    recycled_string origin(at_.secure ? "https://" : "http://");
    origin += at_.authority();
    auto acquiring = core_->pool.acquire(std::move(origin));
    auto leased = co_await std::move(acquiring);
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
        core_->counts.note_round_trip(lease_->round_trip());
        done = co_await send(*head, r);
    }
    if (done) co_return done;
    co_return fail(std::move(done).error());
}

task<result<void>> exchange::send(std::string_view head, request const& r) {
    std::string_view const body = r.body ? std::string_view(*r.body) : std::string_view();
    auto written = co_await lease_->write(head, body, core_->options.idle_timeout);
    if (written && r.source) {
        auto sending = send_body(*r.source);
        written = co_await std::move(sending);
    }
    if (!written) {
        if (lease_->abandoned() || unreadable_) co_return written;
        reusable_ = false;  // the server stopped reading, but may have sent the reason before
    }
    lease_->set_deadline(errc::first_byte_timeout, r.first_byte_timeout.value_or(core_->options.first_byte_timeout));
    auto answered = co_await read_head();
    if (answered || written || answered.error().code != errc::connection_lost) co_return answered;
    co_return written;
}

task<result<void>> exchange::send_body(body_source& from) {
    for (std::uint64_t sent = 0; sent < from.size();) {
        auto const piece = from.read(sent);
        if (!piece) {
            unreadable_ = true;
            co_return piece.error();
        }
        std::string_view const text(reinterpret_cast<char const*>(piece->data()), piece->size());
        auto writing = lease_->write({}, text, core_->options.idle_timeout);
        if (auto written = co_await std::move(writing); !written) co_return written;
        sent += piece->size();
    }
    co_return result<void>{};
}

task<result<void>> exchange::read_head() {
    // Take the slab only when there is data for it: a response may take long.
    if (auto ready = co_await lease_->wait_readable(); !ready) co_return ready;
    partial_payload nothing;
    while (!parser_.head_done()) {
        connection::read_options how{buffer_.prepare(nothing)};
        auto const got = co_await lease_->read(how);
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
    while (begin_read(hold)) {
        auto const slot = co_await boost::asio::this_coro::cancellation_state;
        if (slot.cancelled() != boost::asio::cancellation_type::none) {
            abandon(errc::cancelled);
            end_read({}, 0);
            break;
        }
        auto reading = lease_->reading();
        auto const [ec, n] = co_await std::move(reading);
        end_read(ec, n);
        if (!waits_) break;
    }
    if (failure_) co_return *failure_;
    co_return result<void>{};
}

// False: there is nothing to wait for.
bool exchange::begin_read(partial_payload& hold) {
    auto const into = room_for(hold);
    if (into.empty()) return false;
    connection::read_options how{into, pacing_.mark(parser_.body_left()), pacing_.patience()};
    if (!std::exchange(waits_, true)) lease_->set_deadline(errc::idle_timeout, idle_limit_);
    lease_->begin_read(how);
    return true;
}

// Empty if there is nothing to read.
std::span<std::byte> exchange::room_for(partial_payload& hold) {
    expects_more_ = false;
    if (std::exchange(pieces_ahead_, false)) return {};
    pieces_.clear();
    if (failure_ || complete()) return {};
    if (parser_.complete()) {
        fail(parse().error());  // complete, but more bytes follow
        return {};
    }
    try {
        auto const into = buffer_.prepare(hold);
        room_ = into.size();
        return into;
    } catch (std::bad_alloc const&) {
        fail(parser_.located(
            {errc::limit_exceeded, stage::response,
             "no memory for a payload of which " + std::to_string(hold.rest) + " bytes are still to come"}));
        return {};
    }
}

void exchange::end_read(boost::system::error_code ec, std::size_t n) {
    take(lease_->end_read(ec, n));
}

// False: nothing has arrived.
bool exchange::read_arrived(partial_payload& hold) {
    auto const into = room_for(hold);
    if (into.empty()) return true;
    auto const got = lease_->read_arrived(into);
    if (got && got->bytes == 0 && !got->ended) return false;
    take(got);
    return true;
}

void exchange::take(result<connection::read_step> const& got) {
    if (got && got->bytes == 0 && !got->ended) return;
    waits_ = false;
    if (!got) {
        fail(parser_.located(got.error()));
        return;
    }
    lease_->clear_deadline();
    if (got->ended) {
        fail(parser_.end_of_stream().error());
        return;
    }
    expects_more_ = got->bytes >= std::min(room_, much_bytes);
    ++core_->counts.reads;
    core_->counts.bytes_read += got->bytes;
    buffer_.commit(got->bytes);
    if (auto ok = parse(); !ok)
        fail(std::move(ok).error());
    else if (complete())
        finish();
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
