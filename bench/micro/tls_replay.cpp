#include "tls_replay.hpp"

#include <openssl/ssl.h>

#include <algorithm>
#include <stdexcept>

namespace aisle::bench {
namespace {

constexpr std::size_t write_bytes = 256 * 1024;

}  // namespace

tls_replay::tls_replay(std::string const& certificate, std::string const& key)
    : context_(SSL_CTX_new(TLS_server_method()), SSL_CTX_free) {
    if (SSL_CTX_use_certificate_chain_file(context_.get(), certificate.c_str()) != 1 ||
        SSL_CTX_use_PrivateKey_file(context_.get(), key.c_str(), SSL_FILETYPE_PEM) != 1)
        throw std::runtime_error("the certificate or its key cannot be used");
}

void tls_replay::serve(int socket, std::string_view answer) const {
    std::unique_ptr<SSL, void (*)(SSL*)> const ssl(SSL_new(context_.get()), SSL_free);
    SSL_set_fd(ssl.get(), socket);
    if (SSL_accept(ssl.get()) != 1) return;
    char request[4096];
    while (SSL_read(ssl.get(), request, sizeof request) > 0) {
        for (std::string_view left = answer; !left.empty();) {
            auto const n = SSL_write(ssl.get(), left.data(), static_cast<int>(std::min(left.size(), write_bytes)));
            if (n <= 0) return;
            left.remove_prefix(static_cast<std::size_t>(n));
        }
    }
}

}  // namespace aisle::bench
