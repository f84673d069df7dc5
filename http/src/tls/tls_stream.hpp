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

/// Result of a call of tls_stream.
enum class tls_step {
    done,
    wants_read,   ///< no progress until the socket is readable
    wants_write,  ///< no progress until the socket is writable
    ended,        ///< the connection was closed, with or without close_notify
    failed
};

/// TLS over a connected socket, which it does not own. Calls do what is possible now and never wait, whether or not the
/// socket is blocking; they never raise SIGPIPE. After `ended` or `failed`, every call returns the same again.
///
/// It uses OpenSSL's socket functions, not asio::ssl::stream: that one copies every byte once more between two buffers,
/// and hides how much it has buffered, which a pool must know about an idle connection.
class tls_stream {
public:
    /// host: as in the URL; the certificate must name it.
    tls_stream(tls_context& context, int socket, std::string const& host);
    tls_stream(tls_stream const&) = delete;
    tls_stream& operator=(tls_stream const&) = delete;
    ~tls_stream();

    tls_step handshake();
    struct moved {
        tls_step step = tls_step::done;
        std::size_t bytes = 0;  ///< at least 1 when done
    };
    /// Reads as much as has arrived and fits.
    moved read(std::span<std::byte> into);
    /// done: there are bytes to read.
    tls_step poll_state();
    /// Writes one record, at most max_record_bytes.
    moved write(std::string_view bytes);
    static constexpr std::size_t max_record_bytes = 16 * 1024;
    /// Tells the peer that no more data follows (TLS close_notify), if that is possible now.
    void send_close_notify() noexcept;

    /// After failed, or ended in the handshake: the socket's error, if it was one, and the text.
    struct trouble {
        boost::system::error_code socket = {};
        std::string text = {};
    };
    trouble const& why() const noexcept { return why_; }
    /// True once a byte was read: a later failure is not a handshake failure.
    bool received_data() const noexcept { return received_data_; }

private:
    struct socket_end;
    tls_step after(int returned);
    tls_step stop(tls_step how);

    std::unique_ptr<socket_end> end_;
    std::unique_ptr<ssl_st, void (*)(ssl_st*)> ssl_;
    std::string host_;
    trouble why_;
    tls_step stopped_ = tls_step::done;  // how it stopped; done: it has not
    bool handshake_done_ = false;
    bool received_data_ = false;
};

}  // namespace aisle::http
