#include "client_side.hpp"

#include <boost/asio/as_tuple.hpp>
#include <boost/asio/buffer.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <boost/asio/write.hpp>

#include <algorithm>
#include <array>
#include <utility>

namespace aisle::faults {
namespace {

namespace asio = boost::asio;
using asio::awaitable;
using asio::ip::tcp;

constexpr auto token = asio::as_tuple(asio::use_awaitable);
constexpr std::chrono::seconds farewell{1};

}  // namespace

void close_by_reset(tcp::socket& side) noexcept {
    boost::system::error_code ec;
    side.set_option(asio::socket_base::linger(true, 0), ec);
    side.close(ec);
}

client_side::client_side(tcp::socket socket, counters& counts)
    : socket_(std::make_shared<tcp::socket>(std::move(socket))), timer_(socket_->get_executor()), counts_(counts) {
    boost::system::error_code ec;
    socket_->set_option(tcp::no_delay(true), ec);
}

void client_side::abandon() noexcept {
    abandoned_ = true;
    close_by_reset(*socket_);
    timer_.cancel();
}

void client_side::begin(fault what) noexcept {
    fault_ = std::move(what);
    trickling_ = false;
    sent_ = payload_sent_ = 0;
}

void client_side::count_fault() {
    ++counts_.faults[static_cast<std::size_t>(fault_.kind)];
    if (fault_.on_happened) fault_.on_happened();
}

std::optional<std::size_t> client_side::place_of_fault(std::size_t bytes,
                                                       std::vector<body_meter::run> const& payload) const {
    if (fault_.from == counted::from_head) {
        if (fault_.at >= sent_ && fault_.at - sent_ < bytes) return static_cast<std::size_t>(fault_.at - sent_);
        return std::nullopt;
    }
    auto before = payload_sent_;
    for (auto const& r : payload) {
        if (fault_.at >= before && fault_.at - before < r.size)
            return r.begin + static_cast<std::size_t>(fault_.at - before);
        before += r.size;
    }
    return std::nullopt;
}

// False: the answer has ended, for the client too.
awaitable<bool> client_side::send(std::span<char> bytes, std::vector<body_meter::run> const* payload) {
    bool sent = false;
    auto const at = place_of_fault(bytes.size(), *payload);
    if (trickling_) {
        sent = co_await send_slowly(bytes);
    } else if (at) {
        sent = co_await send_spoilt(bytes, *at);
    } else {
        sent = co_await write(bytes);
    }
    sent_ += bytes.size();
    for (auto const& r : *payload) payload_sent_ += r.size;
    co_return sent;
}

awaitable<bool> client_side::send_spoilt(std::span<char> bytes, std::size_t at) {
    switch (fault_.kind) {
        case fault_kind::none:
        case fault_kind::delay:
        case fault_kind::refuse:
        case fault_kind::drop:
        case fault_kind::hang_up: {
            auto const sent = co_await write(bytes);
            co_return sent;
        }
        case fault_kind::flip: {
            count_fault();
            bytes[at] = static_cast<char>(static_cast<unsigned char>(bytes[at]) ^ (1u << fault_.bit));
            auto const sent = co_await write(bytes);
            co_return sent;
        }
        case fault_kind::cut:
        case fault_kind::stall:
        case fault_kind::trickle:
        case fault_kind::duplicate: break;
    }
    count_fault();
    auto const sent = co_await write(bytes.first(at));
    if (!sent) co_return false;
    auto rest = bytes.subspan(at);
    bool goes_on = false;
    if (fault_.kind == fault_kind::cut) {
        co_await end(fault_.by_reset);
        co_return false;
    }
    if (fault_.kind == fault_kind::trickle) {
        trickling_ = true;
        goes_on = co_await send_slowly(rest);
        co_return goes_on;
    }
    if (fault_.kind == fault_kind::stall) {
        goes_on = co_await pause(fault_.wait);
    } else {
        auto const again = rest.first(static_cast<std::size_t>(std::min<std::uint64_t>(fault_.length, rest.size())));
        goes_on = co_await write(again);
    }
    if (goes_on) goes_on = co_await write(rest);
    co_return goes_on;
}

awaitable<bool> client_side::send_slowly(std::span<char const> bytes) {
    for (std::size_t i = 0; i < bytes.size(); ++i) {
        auto const sent = co_await write(bytes.subspan(i, 1));
        if (!sent) co_return false;
        auto const goes_on = co_await pause(fault_.wait);
        if (!goes_on) co_return false;
    }
    co_return true;
}

awaitable<bool> client_side::write(std::span<char const> bytes) {
    auto const [ec, n] = co_await asio::async_write(*socket_, asio::buffer(bytes.data(), bytes.size()), token);
    counts_.bytes += n;
    co_return !ec && !abandoned_;
}

awaitable<bool> client_side::pause(std::chrono::milliseconds time) {
    if (abandoned_) co_return false;
    timer_.expires_after(time);
    co_await timer_.async_wait(token);
    co_return !abandoned_;
}

// A clean end waits for the client's own, so that data still sent by the client does not turn it into a reset.
awaitable<void> client_side::end(bool by_reset) {
    if (abandoned_) co_return;
    boost::system::error_code ec;
    if (by_reset) {
        close_by_reset(*socket_);
        co_return;
    }
    socket_->shutdown(tcp::socket::shutdown_send, ec);
    timer_.expires_after(farewell);
    timer_.async_wait([socket = socket_](boost::system::error_code const& stopped) {
        boost::system::error_code ignored;
        if (!stopped) socket->close(ignored);
    });
    std::array<char, 4096> unwanted{};
    while (!ec) {
        auto const [failed, n] = co_await socket_->async_read_some(asio::buffer(unwanted), token);
        ec = failed;
    }
    timer_.cancel();
}

}  // namespace aisle::faults
