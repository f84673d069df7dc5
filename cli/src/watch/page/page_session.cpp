#include "page_session.hpp"

#include <boost/asio/buffer.hpp>
#include <boost/asio/post.hpp>
#include <boost/asio/write.hpp>
#include <boost/beast/http/read.hpp>

#include <chrono>
#include <utility>

namespace aisle::cli {
namespace {

namespace beast = boost::beast;
namespace http = beast::http;

constexpr std::size_t most_head_bytes = 8 * 1024;
// Time limit for receiving a request, idle time included, and for sending a response.
constexpr std::chrono::seconds io_timeout{30};

// No other site may read or embed the responses, the page loads nothing from other sites, and nothing is cached.
constexpr std::string_view security_fields =
    "Cache-Control: no-store\r\n"
    "Content-Security-Policy: default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self'; "
    "connect-src 'self'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'\r\n"
    "Cross-Origin-Resource-Policy: same-origin\r\n"
    "Referrer-Policy: no-referrer\r\n"
    "X-Content-Type-Options: nosniff\r\n";

std::string head(unsigned status, std::string_view content_type) {
    auto const reason = http::obsolete_reason(static_cast<http::status>(status));
    std::string out = "HTTP/1.1 " + std::to_string(status) + " ";
    out.append(reason.data(), reason.size());
    out.append("\r\nContent-Type: ").append(content_type).append("\r\n").append(security_fields);
    return out;
}

constexpr std::string_view plain = "text/plain; charset=utf-8";

}  // namespace

page_session::page_session(boost::asio::ip::tcp::socket socket, page_server::site const& site,
                           listen_address const& own, std::function<void()> closed)
    : stream_(std::move(socket)), site_(site), own_(own), closed_(std::move(closed)), buffer_(most_head_bytes) {}

void page_session::read() {
    parser_.emplace();
    parser_->header_limit(most_head_bytes);
    parser_->body_limit(boost::none);  // the body is not read
    stream_.expires_after(io_timeout);
    http::async_read_header(stream_, buffer_, *parser_,
                            [self = shared_from_this()](beast::error_code failed, std::size_t) {
                                if (failed)
                                    self->end();
                                else
                                    self->handle_request();
                            });
}

void page_session::handle_request() try {
    auto const& request = parser_->get();
    auto const host = request[http::field::host];
    if (!is_own_host({host.data(), host.size()}, own_))
        return respond(421, plain,
                       "Unknown host name. Use the address of this machine, localhost, or the name of this machine.\n");
    if (request.method() != http::verb::get && request.method() != http::verb::head)
        return respond(405, plain, "Only GET and HEAD are supported.\n");
    std::string_view const target(request.target().data(), request.target().size());
    std::string const path(target.substr(0, target.find('?')));
    if (auto const page = site_.pages.find(path); page != site_.pages.end())
        return respond(200, page->second.content_type, page->second.body());
    if (auto const feed = site_.feeds.find(path); feed != site_.feeds.end()) return open_feed(feed->second);
    respond(404, plain, "Not found.\n");
} catch (...) {
    end();
}

void page_session::respond(unsigned status, std::string_view content_type, std::string body) {
    auto const& request = parser_->get();
    keep_alive_ = request.keep_alive() && parser_->is_done() && !is_finishing_;
    auto text = head(status, content_type);
    if (status == 405) text += "Allow: GET, HEAD\r\n";
    text += "Content-Length: " + std::to_string(body.size()) + "\r\n";
    text += keep_alive_ ? "Connection: keep-alive\r\n\r\n" : "Connection: close\r\n\r\n";
    if (request.method() != http::verb::head) text += body;
    write(std::move(text));
}

void page_session::open_feed(served_feed const& feed) {
    auto text = head(200, "text/event-stream") + "Connection: close\r\n\r\n";
    if (parser_->get().method() == http::verb::head) {
        keep_alive_ = false;
        return write(std::move(text));
    }
    next_ = feed.open();
    text += "data: " + next_() + "\n\n";
    write(std::move(text));
    wait_for_close();
}

// Frees the connection as soon as the client of a feed has closed it. On the socket itself, because a client of a feed
// may be silent for longer than io_timeout.
void page_session::wait_for_close() {
    stream_.socket().async_read_some(boost::asio::buffer(ignored_),
                                     [self = shared_from_this()](beast::error_code failed, std::size_t) {
                                         if (failed)
                                             self->end();
                                         else
                                             self->wait_for_close();
                                     });
}

void page_session::send_next() {
    if (!next_) return;
    if (is_sending_)
        is_due_ = true;
    else
        send_message();
}

void page_session::finish() {
    is_finishing_ = true;
    if (is_sending_) return;
    if (!next_) return end();
    is_last_sent_ = true;
    send_message();
}

void page_session::send_message() try {
    is_due_ = false;
    write("data: " + next_() + "\n\n");
} catch (...) {
    end();
}

void page_session::sent() {
    if (!next_) {
        if (keep_alive_ && !is_finishing_)
            read();
        else
            end();
    } else if (is_finishing_) {
        if (is_last_sent_) return end();
        is_last_sent_ = true;
        send_message();
    } else if (is_due_) {
        send_message();
    }
}

void page_session::write(std::string text) {
    sending_ = std::move(text);
    is_sending_ = true;
    stream_.expires_after(io_timeout);
    boost::asio::async_write(stream_, boost::asio::buffer(sending_),
                             [self = shared_from_this()](beast::error_code failed, std::size_t) {
                                 self->is_sending_ = false;
                                 if (failed)
                                     self->end();
                                 else
                                     self->sent();
                             });
}

// Posted, because the server may be iterating over its sessions now.
void page_session::end() {
    if (!closed_) return;
    beast::error_code ignored;
    stream_.socket().shutdown(boost::asio::ip::tcp::socket::shutdown_both, ignored);
    stream_.close();
    boost::asio::post(stream_.get_executor(), std::exchange(closed_, nullptr));
}

}  // namespace aisle::cli
