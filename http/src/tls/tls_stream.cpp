#include "tls_stream.hpp"

#include "tls_error.hpp"

#include <openssl/bio.h>
#include <openssl/err.h>
#include <openssl/ssl.h>
#include <openssl/x509v3.h>

#include <algorithm>
#include <cerrno>
#include <new>
#include <sys/socket.h>

namespace aisle::http {

// A BIO for the socket. OpenSSL's own socket BIO uses write(), which raises SIGPIPE.
struct tls_stream::socket_end {
    int socket = -1;
    int error = 0;
    bool at_end = false;

    static int write(BIO* bio, char const* data, int size) {
        auto& self = *static_cast<socket_end*>(BIO_get_data(bio));
        BIO_clear_retry_flags(bio);
        auto const n = ::send(self.socket, data, static_cast<std::size_t>(size), MSG_DONTWAIT | MSG_NOSIGNAL);
        if (n < 0 && again()) BIO_set_retry_write(bio);
        if (n < 0 && !again()) self.error = errno;
        return static_cast<int>(n);
    }

    static int read(BIO* bio, char* data, int size) {
        auto& self = *static_cast<socket_end*>(BIO_get_data(bio));
        BIO_clear_retry_flags(bio);
        auto const n = ::recv(self.socket, data, static_cast<std::size_t>(size), MSG_DONTWAIT);
        if (n < 0 && again()) BIO_set_retry_read(bio);
        if (n < 0 && !again()) self.error = errno;
        if (n == 0) self.at_end = true;
        return static_cast<int>(n);
    }

    static long control(BIO*, int what, long, void*) { return what == BIO_CTRL_FLUSH ? 1 : 0; }
    static bool again() noexcept { return errno == EAGAIN || errno == EWOULDBLOCK || errno == EINTR; }

    static BIO_METHOD const* method() {
        static BIO_METHOD const* const made = [] {
            auto* const m = BIO_meth_new(BIO_get_new_index() | BIO_TYPE_SOURCE_SINK, "socket without signals");
            if (!m || !BIO_meth_set_write(m, write) || !BIO_meth_set_read(m, read) || !BIO_meth_set_ctrl(m, control))
                throw std::bad_alloc();
            return m;
        }();
        return made;
    }

    BIO* bio() {
        auto* const out = BIO_new(method());
        if (!out) throw std::bad_alloc();
        BIO_set_data(out, this);
        BIO_set_init(out, 1);
        return out;
    }
};

tls_stream::tls_stream(tls_context& context, int socket, std::string const& host)
    : end_(std::make_unique<socket_end>()), ssl_(SSL_new(context.get()), SSL_free), host_(host) {
    if (!ssl_) throw std::bad_alloc();
    end_->socket = socket;
    auto* const bio = end_->bio();
    SSL_set_bio(ssl_.get(), bio, bio);
    SSL_set_connect_state(ssl_.get());
    // "example.org." is example.org with an explicit root; certificates and SNI have the name without the dot.
    std::string const name = host.ends_with('.') ? host.substr(0, host.size() - 1) : host;
    auto* const check = SSL_get0_param(ssl_.get());
    if (X509_VERIFY_PARAM_set1_ip_asc(check, name.c_str()) == 1) return;
    ERR_clear_error();
    X509_VERIFY_PARAM_set_hostflags(check, X509_CHECK_FLAG_NO_PARTIAL_WILDCARDS | X509_CHECK_FLAG_NEVER_CHECK_SUBJECT);
    if (X509_VERIFY_PARAM_set1_host(check, name.c_str(), name.size()) != 1 ||
        SSL_set_tlsext_host_name(ssl_.get(), name.c_str()) != 1)
        throw std::bad_alloc();
}

tls_stream::~tls_stream() = default;

tls_step tls_stream::stop(tls_step how) {
    stopped_ = how;
    return how;
}

// What a call that did not succeed waits for, or how the connection has stopped.
tls_step tls_stream::after(int returned) {
    switch (SSL_get_error(ssl_.get(), returned)) {
        case SSL_ERROR_WANT_READ: return tls_step::wants_read;
        case SSL_ERROR_WANT_WRITE: return tls_step::wants_write;
        case SSL_ERROR_ZERO_RETURN: return stop(tls_step::ended);
        default: break;
    }
    if (end_->at_end) {
        ERR_clear_error();
        return stop(tls_step::ended);
    }
    why_ = {};
    if (end_->error != 0) {
        ERR_clear_error();
        why_.socket = {end_->error, boost::system::system_category()};
        why_.text = why_.socket.message();
        return stop(tls_step::failed);
    }
    auto const verified = SSL_get_verify_result(ssl_.get());
    if (!handshake_done_ && verified != X509_V_OK && SSL_get_verify_mode(ssl_.get()) != SSL_VERIFY_NONE)
        why_.text = verification_failure(verified, host_);
    else if (!received_data_)
        why_.text = handshake_failure();
    else
        why_.text = "TLS connection failed: " + openssl_reason();
    ERR_clear_error();
    return stop(tls_step::failed);
}

tls_step tls_stream::handshake() {
    if (stopped_ != tls_step::done) return stopped_;
    ERR_clear_error();
    auto const returned = SSL_do_handshake(ssl_.get());
    handshake_done_ = returned == 1;
    return handshake_done_ ? tls_step::done : after(returned);
}

tls_stream::moved tls_stream::read(std::span<std::byte> into) {
    if (stopped_ != tls_step::done) return {stopped_};
    moved out;
    while (out.bytes < into.size()) {
        std::size_t n = 0;
        ERR_clear_error();
        auto const returned = SSL_read_ex(ssl_.get(), into.data() + out.bytes, into.size() - out.bytes, &n);
        if (returned != 1) {
            out.step = after(returned);
            break;
        }
        out.bytes += n;
        received_data_ = true;
    }
    if (out.bytes > 0) out.step = tls_step::done;  // the next call reports an end after these bytes
    return out;
}

tls_step tls_stream::poll_state() {
    if (stopped_ != tls_step::done) return stopped_;
    char byte = 0;
    std::size_t n = 0;
    ERR_clear_error();
    auto const returned = SSL_peek_ex(ssl_.get(), &byte, 1, &n);
    return returned == 1 ? tls_step::done : after(returned);
}

tls_stream::moved tls_stream::write(std::string_view bytes) {
    if (stopped_ != tls_step::done) return {stopped_};
    moved out;
    ERR_clear_error();
    // A socket error while writing is not final yet: the peer may have sent the reason before it closed.
    end_->error = 0;
    auto const returned = SSL_write_ex(ssl_.get(), bytes.data(), std::min(bytes.size(), max_record_bytes), &out.bytes);
    if (returned == 1) return out;
    out.step = after(returned);
    if (out.step == tls_step::failed && end_->error != 0) {
        stopped_ = tls_step::done;
        end_->error = 0;
    }
    return out;
}

void tls_stream::send_close_notify() noexcept {
    if (!handshake_done_ || stopped_ != tls_step::done) return;
    ERR_clear_error();
    SSL_shutdown(ssl_.get());
    ERR_clear_error();
}

}  // namespace aisle::http
