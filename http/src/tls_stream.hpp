#pragma once

#include <aisle/http/tls.hpp>

#include <boost/system/error_code.hpp>

#include <cstddef>
#include <memory>
#include <span>
#include <string>
#include <string_view>

struct ssl_st;  // OpenSSL's SSL

namespace aisle::http {

/// What a call of tls_stream came to.
enum class tls_step {
    done,
    wants_read,   ///< nothing can be done before the socket has something to read
    wants_write,  ///< nothing can be done before the socket takes something
    ended,        ///< the connection ended, with or without TLS's mark of it
    failed
};

/// TLS over a connected socket, which stays its owner's. Calls do what can be done now and never wait, whether the
/// socket blocks or not; nothing of it raises SIGPIPE. After `ended` or `failed` every call gives that again.
///
/// OpenSSL's own socket functions are used, not asio::ssl::stream: that one copies every byte once more between two
/// buffers, and hides how much it holds, which a pool must know of an idle connection.
class tls_stream {
public:
    /// `host` as in the URL: what the certificate must name.
    tls_stream(tls_context& context, int socket, std::string const& host);
    tls_stream(tls_stream const&) = delete;
    tls_stream& operator=(tls_stream const&) = delete;
    ~tls_stream();

    tls_step handshake();
    struct moved {
        tls_step step = tls_step::done;
        std::size_t bytes = 0;  ///< at least 1 when done
    };
    /// As much as has arrived and fits.
    moved read(std::span<std::byte> into);
    /// done: there are bytes to read.
    tls_step look();
    /// One record, at most max_record_bytes.
    moved write(std::string_view bytes);
    static constexpr std::size_t max_record_bytes = 16 * 1024;
    /// Tells the peer that nothing more comes (close_notify), if that can be done now.
    void say_end() noexcept;

    /// After failed, or ended in the handshake: the socket's error, if it was one, and words.
    struct trouble {
        boost::system::error_code socket = {};
        std::string words = {};
    };
    trouble const& why() const noexcept { return why_; }
    /// True once a byte was read: what fails then is no handshake any more.
    bool heard() const noexcept { return heard_; }

private:
    struct socket_end;
    tls_step after(int returned);
    tls_step stop(tls_step how);

    std::unique_ptr<socket_end> end_;
    std::unique_ptr<ssl_st, void (*)(ssl_st*)> ssl_;
    std::string host_;
    trouble why_;
    tls_step stopped_ = tls_step::done;  // how it stopped, once it has
    bool shaken_ = false;
    bool heard_ = false;
};

}  // namespace aisle::http
