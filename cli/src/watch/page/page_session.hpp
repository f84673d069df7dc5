#pragma once

#include "page_server.hpp"

#include <boost/asio/ip/tcp.hpp>
#include <boost/beast/core/flat_buffer.hpp>
#include <boost/beast/core/tcp_stream.hpp>
#include <boost/beast/http/empty_body.hpp>
#include <boost/beast/http/parser.hpp>

#include <array>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <string_view>

namespace aisle::cli {

/// One connection of a page_server: responds to requests one after the other, or serves a feed until it ends. Runs on
/// the server's thread.
class page_session : public std::enable_shared_from_this<page_session> {
public:
    /// closed: called once, when the connection has ended; never inside a member function. site and own must outlive
    /// the session.
    page_session(boost::asio::ip::tcp::socket socket, page_server::site const& site, listen_address const& own,
                 std::function<void()> closed);

    /// Reads the next request.
    void read();
    /// Sends the feed's next message, after the current one if one is being sent. No effect without a feed.
    void send_next();
    /// Closes the connection after the current response; a feed gets a last message first.
    void finish();

private:
    using parser = boost::beast::http::request_parser<boost::beast::http::empty_body>;

    void handle_request();
    void respond(unsigned status, std::string_view content_type, std::string body);
    void open_feed(served_feed const& feed);
    void wait_for_close();
    void send_message();
    void sent();
    void write(std::string text);
    void end();

    boost::beast::tcp_stream stream_;
    page_server::site const& site_;
    listen_address const& own_;
    std::function<void()> closed_;
    boost::beast::flat_buffer buffer_;
    std::optional<parser> parser_;
    std::function<std::string()> next_;  // of a feed
    std::array<char, 64> ignored_{};     // what the client of a feed sends
    std::string sending_;
    bool is_sending_ = false;
    bool is_due_ = false;        // send another message after the current one
    bool is_finishing_ = false;  // read no further request
    bool is_last_sent_ = false;  // of a feed that is finishing
    bool keep_alive_ = false;    // read another request after this response
};

}  // namespace aisle::cli
