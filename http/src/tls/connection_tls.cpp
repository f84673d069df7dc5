#include "tls_stream.hpp"

#include <aisle/http/connection.hpp>

#include <boost/asio/this_coro.hpp>

#include <algorithm>

// A connection's operations with TLS: the same as without, but the socket is only waited for, and OpenSSL reads and
// writes it.

namespace aisle::http {

namespace asio = boost::asio;

task<result<void>> connection::wait_for(asio::socket_base::wait_type what, stage where) {
    auto [ec] = co_await socket_.async_wait(what, use_task_tuple);
    if (ec || abandoned()) co_return lost(ec, where, {});
    co_return result<void>{};
}

// The error of a connection on which TLS has stopped.
error connection::secure_end(stage where) {
    auto const& why = tls_->why();
    if (tls_->received_data() || why.socket) return lost_to(errc::connection_lost, where, why.text);
    return lost_to(errc::tls_failed, stage::connect, why.text);
}

task<result<void>> connection::shake_hands(tls_context& tls, std::string host) {
    tls_ = std::make_unique<tls_stream>(tls, socket_.native_handle(), host);
    for (;;) {
        if (stopped(co_await asio::this_coro::cancellation_state)) co_return lost({}, stage::connect, {});
        auto const step = tls_->handshake();
        if (step == tls_step::done) co_return result<void>{};
        if (step == tls_step::ended)
            co_return lost_to(errc::connect_failed, stage::connect,
                              "the connection was closed during the TLS handshake");
        if (step == tls_step::failed && tls_->why().socket)
            co_return lost_to(errc::connect_failed, stage::connect, "TLS handshake: " + tls_->why().text);
        if (step == tls_step::failed) co_return secure_end(stage::connect);
        auto waiting =
            wait_for(step == tls_step::wants_read ? tcp_socket::wait_read : tcp_socket::wait_write, stage::connect);
        if (auto const ready = co_await std::move(waiting); !ready) co_return ready;
    }
}

task<result<void>> connection::write_secure(std::string_view head, std::string_view body,
                                            std::chrono::milliseconds limit) {
    auto const space = tls_stream::max_record_bytes - std::min(head.size(), tls_stream::max_record_bytes);
    std::string first(head);
    first += body.substr(0, space);
    body.remove_prefix(std::min(space, body.size()));
    std::string_view left = first;
    set_deadline(errc::idle_timeout, limit);
    while (!left.empty()) {
        if (stopped(co_await asio::this_coro::cancellation_state)) co_return lost({}, stage::request, {});
        auto const [step, n] = tls_->write(left);
        if (step == tls_step::done) {
            left.remove_prefix(n);
            if (left.empty()) left = std::exchange(body, {});
            set_deadline(errc::idle_timeout, limit);
            continue;
        }
        if (step == tls_step::ended || step == tls_step::failed) {
            clear_deadline();
            co_return error{errc::connection_lost, stage::request, "writing to " + peer_ + ": " + tls_->why().text};
        }
        auto waiting =
            wait_for(step == tls_step::wants_read ? tcp_socket::wait_read : tcp_socket::wait_write, stage::request);
        if (auto const ready = co_await std::move(waiting); !ready) co_return ready;
    }
    clear_deadline();
    co_return result<void>{};
}

task<result<void>> connection::wait_secure_readable() {
    for (;;) {
        if (stopped(co_await asio::this_coro::cancellation_state)) co_return lost({}, stage::response, {});
        // Readable bytes may not belong to the response: session tickets, key updates.
        auto const step = tls_->poll_state();
        if (step == tls_step::done || step == tls_step::ended) co_return result<void>{};
        if (step == tls_step::failed) co_return secure_end(stage::response);
        auto waiting =
            wait_for(step == tls_step::wants_read ? tcp_socket::wait_read : tcp_socket::wait_write, stage::response);
        if (auto const ready = co_await std::move(waiting); !ready) co_return ready;
    }
}

// Data that is already available is still returned through the scheduler, as Asio does, so that a fast server does not
// starve the other connections and the deadlines.
void connection::begin_secure_read() {
    auto const [step, n] = tls_->read(into_);
    arrived_ = step == tls_step::done ? n : 0;
    switch (step) {
        case tls_step::wants_read: waits_ = read_wait::readable; break;
        case tls_step::wants_write: waits_ = read_wait::writable; break;
        case tls_step::done:
        case tls_step::ended:
        case tls_step::failed: waits_ = read_wait::turn; break;
    }
}

result<connection::read_step> connection::end_secure_read(boost::system::error_code ec) {
    if (ec) return lost(ec, stage::response, {});
    if (arrived_ > 0) return read_step{arrived_};
    auto const [step, n] = tls_->read(into_);
    if (step == tls_step::done) return read_step{n};
    if (step == tls_step::ended) return read_step{0, true};
    if (step == tls_step::failed) return secure_end(stage::response);
    return read_step{};
}

}  // namespace aisle::http
