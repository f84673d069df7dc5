#include "tls_error.hpp"

#include <aisle/error.hpp>
#include <aisle/http/tls.hpp>

#include <openssl/ssl.h>

#include <new>

namespace aisle::http {
namespace {

// TLS records that have arrived are read from the kernel together.
constexpr std::size_t read_ahead_bytes = 64 * 1024;

[[noreturn]] void refuse(std::string text) {
    throw exception({errc::invalid_argument, stage::usage, std::move(text)});
}

// Without this, OpenSSL would ask for a passphrase on the terminal.
int no_passphrase(char*, int, int, void*) {
    return -1;
}

void load_own_certificate(SSL_CTX* context, tls_settings const& s) {
    if (s.certificate_file.empty() != s.key_file.empty())
        refuse("a client certificate and its key belong together: " +
               (s.key_file.empty() ? s.certificate_file + " was given without a key"
                                   : s.key_file + " was given without a certificate"));
    if (s.certificate_file.empty()) return;
    if (SSL_CTX_use_certificate_chain_file(context, s.certificate_file.c_str()) != 1)
        refuse("cannot read a PEM certificate from " + s.certificate_file + ": " + openssl_reason());
    SSL_CTX_set_default_passwd_cb(context, no_passphrase);
    if (SSL_CTX_use_PrivateKey_file(context, s.key_file.c_str(), SSL_FILETYPE_PEM) != 1)
        refuse("cannot read an unencrypted PEM key from " + s.key_file + ": " + openssl_reason());
    if (SSL_CTX_check_private_key(context) != 1)
        refuse("the key in " + s.key_file + " does not match the certificate in " + s.certificate_file);
}

std::shared_ptr<SSL_CTX> make_context(tls_settings const& s) {
    std::shared_ptr<SSL_CTX> const out(SSL_CTX_new(TLS_client_method()), SSL_CTX_free);
    if (!out) throw std::bad_alloc();
    auto* const context = out.get();
    SSL_CTX_set_min_proto_version(context, TLS1_2_VERSION);
    SSL_CTX_set_options(context, SSL_OP_NO_RENEGOTIATION | SSL_OP_NO_COMPRESSION);
    SSL_CTX_set_mode(context,
                     SSL_MODE_ENABLE_PARTIAL_WRITE | SSL_MODE_ACCEPT_MOVING_WRITE_BUFFER | SSL_MODE_RELEASE_BUFFERS);
    SSL_CTX_set_read_ahead(context, 1);
    SSL_CTX_set_default_read_buffer_len(context, read_ahead_bytes);
    constexpr unsigned char http_1_1[] = {8, 'h', 't', 't', 'p', '/', '1', '.', '1'};
    if (SSL_CTX_set_alpn_protos(context, http_1_1, sizeof http_1_1) != 0) throw std::bad_alloc();
    load_own_certificate(context, s);
    if (!s.ca_file.empty() && SSL_CTX_load_verify_file(context, s.ca_file.c_str()) != 1)
        refuse("cannot read a PEM certificate from " + s.ca_file + ": " + openssl_reason());
    if (!s.verify) return out;
    SSL_CTX_set_verify(context, SSL_VERIFY_PEER, nullptr);
    // Certificates in the file are trusted as they are, as in AIStore's own clients: they need not be root authorities.
    if (!s.ca_file.empty()) X509_VERIFY_PARAM_set_flags(SSL_CTX_get0_param(context), X509_V_FLAG_PARTIAL_CHAIN);
    if (s.ca_file.empty()) SSL_CTX_set_default_verify_paths(context);
    return out;
}

}  // namespace

tls_context::tls_context(tls_settings settings) : settings_(std::move(settings)) {
    if (!(settings_.ca_file + settings_.certificate_file + settings_.key_file).empty())
        context_ = make_context(settings_);
}

SSL_CTX* tls_context::get() {
    if (!context_) context_ = make_context(settings_);
    return context_.get();
}

}  // namespace aisle::http
