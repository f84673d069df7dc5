#pragma once

#include "../server/services.hpp"
#include "chunked_body.hpp"

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

/// A client's connection to a node: reads requests and answers them in order. Runs on the thread of its socket's
/// executor.
class connection {
public:
    using clock = std::chrono::steady_clock;

    /// at, everything and tls must outlive the connection. tls: null for plain http.
    connection(boost::asio::ip::tcp::socket socket, node const& at, services& everything,
               boost::asio::ssl::context* tls);

    /// Serves until either side closes the connection.
    boost::asio::awaitable<void> run();
    /// The time at which the server closes this connection.
    clock::time_point deadline() const noexcept { return deadline_; }
    void close() noexcept;

private:
    enum class body_end : std::uint8_t { whole, too_large, broken };
    /// Accepts body bytes; false to stop.
    struct sink {
        virtual ~sink() = default;
        virtual bool take(std::span<char const> data) = 0;
    };
    struct text_sink;
    struct upload_sink;
    struct discarding_sink;

    boost::asio::awaitable<bool> handshake();
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
    std::string in_;  // received bytes; those from in_at_ on are not yet parsed
    std::size_t in_at_ = 0;
    chunked_body out_;
    request request_;
    clock::time_point deadline_;
};

}  // namespace aisle::playground
