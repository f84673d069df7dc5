#pragma once

#include <memory>
#include <string>

struct ssl_ctx_st;  // OpenSSL's SSL_CTX

namespace aisle::http {

/// TLS settings for https servers (TLS 1.2 or later). Paths name PEM files, which are read once.
struct tls_settings {
    /// Trusted certificates, of authorities or of single servers. Empty: the system's authorities.
    std::string ca_file = {};
    /// The client's certificate, followed by intermediate ones, for servers that require one; and its unencrypted key.
    /// Set both or neither.
    std::string certificate_file = {};
    std::string key_file = {};
    /// True: a server's certificate must chain to a trusted one, be valid now, and name the requested host as a DNS
    /// name or IP address in its subjectAltName (RFC 9110, section 4.3.4; RFC 9525; the common name does not count).
    /// False: any certificate is accepted.
    bool verify = true;
};

/// Shared by all TLS connections of a client: the files of its settings, read and checked. Used on one thread.
class tls_context {
public:
    /// Reads the named files. Throws aisle::exception (invalid_argument, with the file's name) if one is missing or
    /// invalid. The system's authorities are read on first use, because that takes some milliseconds that plain http
    /// does not need.
    explicit tls_context(tls_settings settings);

    /// OpenSSL's context; connections hold references to it.
    ssl_ctx_st* get();
    bool verifies() const noexcept { return settings_.verify; }

private:
    tls_settings settings_;
    std::shared_ptr<ssl_ctx_st> context_;
};

}  // namespace aisle::http
