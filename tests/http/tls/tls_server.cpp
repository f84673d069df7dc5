#include "tls_server.hpp"

#include <openssl/ssl.h>

#include <csignal>
#include <stdexcept>

namespace aisle::http::test {

std::string tls_peer::read_request() {
    std::string out;
    while (out.find("\r\n\r\n") == out.npos) {
        auto const more = receive();
        if (more.empty()) return {};
        out += more;
    }
    return out;
}

std::string tls_peer::receive() {
    std::string out(16'384, '\0');
    auto const n = SSL_read(ssl_, out.data(), static_cast<int>(out.size()));
    out.resize(n > 0 ? static_cast<std::size_t>(n) : 0);
    return out;
}

bool tls_peer::send(std::string_view bytes) {
    return bytes.empty() || SSL_write(ssl_, bytes.data(), static_cast<int>(bytes.size())) > 0;
}

void tls_peer::finish() {
    SSL_shutdown(ssl_);
    below_.finish();
}

scripted_server::script over_tls(tls_server_options const& options, std::function<void(tls_peer&)> play) {
    std::shared_ptr<SSL_CTX> const context(SSL_CTX_new(TLS_server_method()), SSL_CTX_free);
    if (SSL_CTX_use_certificate_chain_file(context.get(), options.identity.certificate.c_str()) != 1 ||
        SSL_CTX_use_PrivateKey_file(context.get(), options.identity.key.c_str(), SSL_FILETYPE_PEM) != 1)
        throw std::runtime_error("the server cannot use its certificate");
    if (options.max_version) SSL_CTX_set_max_proto_version(context.get(), options.max_version);
    if (!options.client_ca.empty()) {
        SSL_CTX_load_verify_file(context.get(), options.client_ca.c_str());
        SSL_CTX_set_verify(context.get(), SSL_VERIFY_PEER | SSL_VERIFY_FAIL_IF_NO_PEER_CERT, nullptr);
    }
    return [context, play](peer& below) {
        // OpenSSL's write raises SIGPIPE. It is blocked in the server's thread only: the client must not need this.
        sigset_t pipe;
        sigemptyset(&pipe);
        sigaddset(&pipe, SIGPIPE);
        pthread_sigmask(SIG_BLOCK, &pipe, nullptr);
        std::unique_ptr<SSL, void (*)(SSL*)> const ssl(SSL_new(context.get()), SSL_free);
        SSL_set_fd(ssl.get(), below.socket());
        if (SSL_accept(ssl.get()) != 1) return;
        tls_peer p(ssl.get(), below);
        play(p);
    };
}

std::string https_url(scripted_server const& s, std::string_view host, std::string_view target) {
    return "https://" + std::string(host) + ":" + std::to_string(s.port()) + std::string(target);
}

}  // namespace aisle::http::test
