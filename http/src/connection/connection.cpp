#include "../tls/tls_stream.hpp"

#include <aisle/http/connection.hpp>

#include <boost/asio/buffer.hpp>
#include <boost/asio/this_coro.hpp>

#include <algorithm>
#include <array>
#include <cerrno>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <sys/ioctl.h>
#include <sys/socket.h>
#include <unistd.h>

namespace aisle::http {
namespace {

namespace asio = boost::asio;
using boost::system::error_code;

char const* words_for(errc why) noexcept {
    switch (why) {
        case errc::connect_timeout: return "no connection within the connect deadline";
        case errc::first_byte_timeout: return "no response within the first-byte deadline";
        case errc::idle_timeout: return "no bytes within the idle deadline";
        case errc::cancelled: return "cancelled";
        case errc::tls_failed: return "no secure connection";
        default: return "the connection is closed";
    }
}

}  // namespace

connection::connection(executor ex, std::shared_ptr<limit_clock> const& deadlines,
                       std::shared_ptr<limit_clock> const& pace)
    : socket_(ex),
      gate_(ex),
      deadline_(
          deadlines,
          [](void* self) {
              auto& c = *static_cast<connection*>(self);
              c.abandon(c.late_);
          },
          this),
      pace_(pace, [](void* self) { static_cast<connection*>(self)->patience_ends(); }, this) {}

connection::~connection() {
    if (!socket_.is_open()) return;
    if (tls_ && ::getpid() == owner_) tls_->send_close_notify();
    close();
}

// A process forked meanwhile has a copy of the descriptor, which would keep a closed connection open while it lives:
// the server would continue to send. So the connection is shut down first, which affects all copies; but never by the
// child, whose copy is of a connection that the parent uses.
void connection::close() noexcept {
    error_code ignored;
    if (::getpid() == owner_) socket_.shutdown(tcp_socket::shutdown_both, ignored);
    socket_.close(ignored);
}

task<result<void>> connection::write(std::string_view head, std::string_view body, std::chrono::milliseconds limit) {
    if (tls_) {
        auto writing = write_secure(head, body, limit);
        co_return co_await std::move(writing);
    }
    std::array<asio::const_buffer, 2> left{asio::const_buffer(head.data(), head.size()),
                                           asio::const_buffer(body.data(), body.size())};
    set_deadline(errc::idle_timeout, limit);
    while (left[0].size() + left[1].size() > 0) {
        if (stopped(co_await asio::this_coro::cancellation_state)) co_return lost({}, stage::request, {});
        auto [ec, n] = co_await socket_.async_write_some(left, use_task_tuple);
        if (ec == asio::error::operation_aborted || abandoned()) co_return lost(ec, stage::request, {});
        if (ec) {
            clear_deadline();
            co_return error{errc::connection_lost, stage::request, "writing to " + peer_ + ": " + ec.message()};
        }
        if (auto const of_head = std::min(n, left[0].size())) {
            left[0] += of_head;
            n -= of_head;
        }
        left[1] += n;
        set_deadline(errc::idle_timeout, limit);
    }
    clear_deadline();
    co_return result<void>{};
}

task<result<void>> connection::wait_readable() {
    if (tls_) {
        auto waiting = wait_secure_readable();
        co_return co_await std::move(waiting);
    }
    if (stopped(co_await asio::this_coro::cancellation_state)) co_return lost({}, stage::response, {});
    set_mark(1);
    auto [ec] = co_await socket_.async_wait(asio::socket_base::wait_read, use_task_tuple);
    if (ec || abandoned()) co_return lost(ec, stage::response, "waiting for a response from ");
    co_return result<void>{};
}

task<result<std::size_t>> connection::read(read_options how) {
    for (;;) {
        if (stopped(co_await asio::this_coro::cancellation_state)) co_return lost({}, stage::response, {});
        begin_read(how);
        auto waiting = reading();
        auto const [ec, n] = co_await std::move(waiting);
        auto const got = end_read(ec, n);
        if (!got) co_return got.error();
        if (got->bytes > 0 || got->ended) co_return got->bytes;
    }
}

void connection::begin_read(read_options how) {
    into_ = how.into;
    if (abandoned()) {
        waits_ = read_wait::turn;
        return;
    }
    if (tls_) return begin_secure_read();
    waits_ = read_wait::bytes;
    bool const patient = how.patience > how.patience.zero() && how.mark > 1;
    set_mark(patient ? how.mark : 1);
    if (!patient) return;
    patience_ = how.patience;
    pace_.set(how.patience);
}

result<connection::read_step> connection::end_read(error_code ec, std::size_t n) {
    pace_.clear();
    if (abandoned()) return lost({}, stage::response, {});
    if (tls_) return end_secure_read(ec);
    if (std::exchange(patience_over_, false) && ec == asio::error::operation_aborted) n = take(into_, ec);
    if (!ec || ec == asio::error::would_block) return read_step{n};
    if (ec == asio::error::eof) return read_step{0, true};
    return lost(ec, stage::response, "reading from ");
}

result<connection::read_step> connection::read_arrived(std::span<std::byte> into) {
    if (tls_ || abandoned()) return read_step{};
    error_code ec;
    auto const n = take(into, ec);
    return end_read(ec, n);
}

// Less than the mark has arrived. The mark stays: lowering and raising it again for one read would cost two system
// calls.
void connection::patience_ends() {
    int here = 0;
    if (::ioctl(socket_.native_handle(), FIONREAD, &here) == 0 && here == 0) return pace_.set(patience_);
    patience_over_ = true;
    error_code ignored;
    socket_.cancel(ignored);
}

std::size_t connection::take(std::span<std::byte> into, error_code& ec) noexcept {
    ssize_t const n = ::recv(socket_.native_handle(), into.data(), into.size(), MSG_DONTWAIT);
    if (n > 0) {
        ec = {};
        return static_cast<std::size_t>(n);
    }
    if (n == 0)
        ec = asio::error::eof;
    else if (errno == EAGAIN || errno == EWOULDBLOCK || errno == EINTR)
        ec = asio::error::would_block;
    else
        ec = error_code(errno, boost::system::system_category());
    return 0;
}

bool connection::is_quiet() noexcept {
    if (tls_) return tls_->poll_state() == tls_step::wants_read;
    char byte;
    return ::recv(socket_.native_handle(), &byte, 1, MSG_PEEK | MSG_DONTWAIT) < 0 &&
           (errno == EAGAIN || errno == EWOULDBLOCK);
}

void connection::set_mark(int bytes) noexcept {
    if (bytes == mark_ || !socket_.is_open()) return;
    mark_ = bytes;
    ::setsockopt(socket_.native_handle(), SOL_SOCKET, SO_RCVLOWAT, &bytes, sizeof bytes);
}

std::chrono::microseconds connection::round_trip() noexcept {
    tcp_info info{};
    socklen_t size = sizeof info;
    bool const known = ::getsockopt(socket_.native_handle(), IPPROTO_TCP, TCP_INFO, &info, &size) == 0;
    return std::chrono::microseconds(known ? info.tcpi_rtt : 0);
}

void connection::set_deadline(errc late, std::chrono::milliseconds limit) {
    late_ = late;
    deadline_.set(limit);
}

void connection::abandon(errc why) noexcept {
    if (abandoned()) return;
    why_ = why;
    deadline_.clear();
    pace_.clear();
    close();
    gate_.cancel();
}

// A cancellation signal between two operations cancels neither: the previous one is done, the next not begun.
bool connection::stopped(asio::cancellation_state const& slot) noexcept {
    if (slot.cancelled() != asio::cancellation_type::none) abandon(errc::cancelled);
    return abandoned();
}

error connection::lost_to(errc why, stage where, std::string_view words) {
    if (abandoned()) return lost({}, where, {});
    abandon(why);
    return {why, where, peer_ + ": " + std::string(words)};
}

// Every failure ends here or above, and closes the connection.
error connection::lost(error_code ec, stage where, std::string_view doing) {
    bool const by_slot = ec == asio::error::operation_aborted;
    if (!abandoned()) abandon(by_slot ? errc::cancelled : errc::connection_lost);
    if (why_ == errc::connection_lost) {
        std::string const reason = ec && !by_slot ? ec.message() : "the connection was lost before";
        return {why_, where, doing.empty() ? peer_ + ": " + reason : std::string(doing) + peer_ + ": " + reason};
    }
    return {why_, where, peer_ + ": " + words_for(why_)};
}

}  // namespace aisle::http
