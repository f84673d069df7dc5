#include "page_server.hpp"

#include "../../usage_error.hpp"
#include "page_session.hpp"

#include <boost/asio/error.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/post.hpp>
#include <boost/asio/steady_timer.hpp>

#include <chrono>
#include <list>
#include <thread>
#include <utility>

namespace aisle::cli {
namespace {

namespace asio = boost::asio;
using tcp = asio::ip::tcp;

// Time limit for the last messages.
constexpr std::chrono::seconds close_timeout{1};
// Pause after a failed accept, such as when the process has no free file descriptor.
constexpr std::chrono::milliseconds accept_pause{200};

tcp::acceptor listen(asio::io_context& io, listen_address const& at) {
    boost::system::error_code failed;
    tcp::resolver resolver(io);
    auto const found = resolver.resolve(at.host, std::to_string(at.port),
                                        tcp::resolver::passive | tcp::resolver::numeric_service, failed);
    if (!failed)
        for (auto const& candidate : found) {
            tcp::acceptor out(io);
            out.open(candidate.endpoint().protocol(), failed);
            if (!failed) out.set_option(tcp::acceptor::reuse_address(true), failed);
            if (!failed) out.bind(candidate.endpoint(), failed);
            if (!failed) out.listen(asio::socket_base::max_listen_connections, failed);
            if (!failed) return out;
        }
    throw run_error("cannot listen on " + to_string(at) + ": " + failed.message() +
                    (failed == asio::error::address_in_use ? "; choose another port, or 0 for any free port" : ""));
}

}  // namespace

class page_server::impl {
public:
    impl(listen_address const& at, site what)
        : address_(at), site_(std::move(what)), acceptor_(listen(io_, at)), pause_(io_), end_(io_) {
        address_.port = acceptor_.local_endpoint().port();
        accept();
        thread_ = std::thread([this] { run(); });
    }

    listen_address const& address() const noexcept { return address_; }

    void publish() {
        asio::post(io_, [this] {
            for (auto const& s : sessions_) s->send_next();
        });
    }

    void close() {
        if (!thread_.joinable()) return;
        asio::post(io_, [this] {
            boost::system::error_code ignored;
            acceptor_.close(ignored);
            pause_.cancel();
            is_closing_ = true;
            end_.expires_after(close_timeout);
            end_.async_wait([this](boost::system::error_code) { io_.stop(); });
            auto const all = sessions_;
            for (auto const& s : all) s->finish();
            stop_when_empty();
        });
        thread_.join();
        sessions_.clear();
    }

private:
    void run() noexcept {
        for (;;) try {
                io_.run();
                return;
            } catch (...) {  // no memory for one connection: continue with the others
            }
    }

    void accept() {
        acceptor_.async_accept([this](boost::system::error_code failed, tcp::socket socket) {
            if (is_closing_ || failed == asio::error::operation_aborted) return;
            if (failed) {
                pause_.expires_after(accept_pause);
                pause_.async_wait([this](boost::system::error_code cancelled) {
                    if (!cancelled) accept();
                });
                return;
            }
            accept();
            if (sessions_.size() < most_connections) begin(std::move(socket));
        });
    }

    void begin(tcp::socket socket) {
        auto const here = sessions_.insert(sessions_.end(), nullptr);
        try {
            *here = std::make_shared<page_session>(std::move(socket), site_, address_, [this, here] {
                sessions_.erase(here);
                stop_when_empty();
            });
            (*here)->read();
        } catch (...) {
            sessions_.erase(here);
        }
    }

    void stop_when_empty() {
        if (is_closing_ && sessions_.empty()) end_.cancel();
    }

    listen_address address_;
    site const site_;
    asio::io_context io_{1};
    tcp::acceptor acceptor_;
    asio::steady_timer pause_;
    asio::steady_timer end_;
    std::list<std::shared_ptr<page_session>> sessions_;
    bool is_closing_ = false;
    std::thread thread_;
};

page_server::page_server(listen_address const& at, site what) : impl_(std::make_unique<impl>(at, std::move(what))) {}

page_server::~page_server() {
    close();
}

listen_address const& page_server::address() const noexcept {
    return impl_->address();
}

void page_server::publish() noexcept {
    try {
        impl_->publish();
    } catch (...) {  // no memory: the next message has the same content
    }
}

void page_server::close() noexcept {
    impl_->close();
}

}  // namespace aisle::cli
