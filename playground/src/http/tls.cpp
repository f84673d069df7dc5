#include "tls.hpp"

#include <openssl/ssl.h>

#include <string_view>

namespace aisle::playground {
namespace {

using context = boost::asio::ssl::context;

void check(boost::system::error_code ec, std::string const& file) {
    if (ec) throw exception({errc::invalid_argument, stage::usage, file + ": " + ec.message()});
}

// Selects http/1.1 if the client offers it, else none. The offer is a list of lengths and names (RFC 7301).
int choose_protocol(SSL*, unsigned char const** chosen, unsigned char* size, unsigned char const* offered,
                    unsigned offered_size, void*) {
    constexpr std::string_view wanted = "http/1.1";
    std::string_view left(reinterpret_cast<char const*>(offered), offered_size);
    while (!left.empty()) {
        auto const length = static_cast<unsigned char>(left.front());
        auto const name = left.substr(1, length);
        if (name == wanted) {
            *chosen = reinterpret_cast<unsigned char const*>(name.data());
            *size = length;
            return SSL_TLSEXT_ERR_OK;
        }
        left.remove_prefix(1 + name.size());
    }
    return SSL_TLSEXT_ERR_NOACK;
}

}  // namespace

std::unique_ptr<context> make_tls_context(server_options const& options) {
    if (options.tls_certificate.empty() != options.tls_key.empty() ||
        (options.tls_certificate.empty() && !options.tls_client_ca.empty()))
        throw exception({errc::invalid_argument, stage::usage,
                         "https needs both a certificate and its key: give --tls-certificate and --tls-key"});
    if (options.tls_certificate.empty()) return nullptr;
    auto out = std::make_unique<context>(context::tls_server);
    SSL_CTX_set_min_proto_version(out->native_handle(), TLS1_2_VERSION);
    SSL_CTX_set_alpn_select_cb(out->native_handle(), choose_protocol, nullptr);
    boost::system::error_code ec;
    out->use_certificate_chain_file(options.tls_certificate, ec);
    check(ec, options.tls_certificate);
    out->use_private_key_file(options.tls_key, context::pem, ec);
    check(ec, options.tls_key);
    if (options.tls_client_ca.empty()) return out;
    out->load_verify_file(options.tls_client_ca, ec);
    check(ec, options.tls_client_ca);
    out->set_verify_mode(boost::asio::ssl::verify_peer | boost::asio::ssl::verify_fail_if_no_peer_cert);
    return out;
}

}  // namespace aisle::playground
