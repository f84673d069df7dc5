#pragma once

#include "chunked_body.hpp"
#include "services.hpp"

#include <boost/asio/awaitable.hpp>
#include <boost/asio/buffer.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/ssl/context.hpp>
#include <boost/asio/ssl/stream.hpp>

#include <chrono>
#include <cstdint>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>

namespace aisle::playground {

/// One client's connection to one node: reads requests, one after the other, and answers them. Lives on the thread of
/// its socket's executor.
class connection {
public:
    using clock = std::chrono::steady_clock;

    /// `tls`: null for plain http; must outlive the connection.
    connection(boost::asio::ip::tcp::socket socket, node const& at, services& everything,
               boost::asio::ssl::context* tls);

    /// Serves until either side ends it.
    boost::asio::awaitable<void> run();
    /// When whoever watches over the connections may close this one.
    clock::time_point deadline() const noexcept { return deadline_; }
    void close() noexcept;

private:
    enum class body_end : std::uint8_t { whole, too_large, broken };
    /// Takes body bytes; false when it wants no more.
    struct sink {
        virtual ~sink() = default;
        virtual bool take(std::span<char const> data) = 0;
    };
    struct text_sink;
    struct upload_sink;
    struct discarding_sink;

    boost::asio::awaitable<bool> shake_hands();
    boost::asio::awaitable<bool> serve_one();
    boost::asio::awaitable<bool> read_more();
    boost::asio::awaitable<bool> read_head();
    boost::asio::awaitable<body_end> read_body(sink* to);
    boost::asio::awaitable<body_end> read_chunked(sink* to);
    boost::asio::awaitable<bool> read_line(std::string* line);
    boost::asio::awaitable<bool> pass(std::uint64_t size, sink* to);
    boost::asio::awaitable<bool> receive_upload();
    boost::asio::awaitable<bool> send_response(response what);
    boost::asio::awaitable<bool> send_object(std::unique_ptr<object_answer> what);
    boost::asio::awaitable<bool> send_batch(std::unique_ptr<batch_answer> what);
    boost::asio::awaitable<void> fall_silent();
    boost::asio::awaitable<void> rest(std::chrono::milliseconds pause);
    boost::asio::awaitable<bool> send_ready(std::size_t keep_bytes);
    boost::asio::awaitable<std::size_t> write(boost::asio::const_buffer what);
    boost::asio::awaitable<void> hang_up();

    std::string_view unread() const noexcept { return std::string_view(in_).substr(in_at_); }
    void reset() noexcept;
    bool is_dead() const noexcept;
    response refusal(int status, std::string_view message) const;

    boost::asio::ip::tcp::socket socket_;
    std::optional<boost::asio::ssl::stream<boost::asio::ip::tcp::socket&>> tls_;
    node const& node_;
    services& services_;
    std::string remote_address_;
    std::string in_;  // received, from in_at_ on not yet read
    std::size_t in_at_ = 0;
    chunked_body out_;
    request request_;
    clock::time_point deadline_;
};

}  // namespace aisle::playground
