#pragma once

#include <memory>
#include <string>

struct ssl_ctx_st;  // OpenSSL's SSL_CTX

namespace aisle::http {

/// How https servers are spoken to, TLS 1.2 or later, and whom to believe. Paths are of PEM files, read once.
struct tls_settings {
    /// Certificates to trust, of authorities or of single servers. Empty: the system's authorities.
    std::string ca_file = {};
    /// The client's own certificate, intermediate ones behind it, for servers that ask; and its key, not encrypted.
    /// Both or neither.
    std::string certificate_file = {};
    std::string key_file = {};
    /// A server's certificate must lead to a trusted one, be valid now, and name the host asked for as a DNS name or IP
    /// address of its subjectAltName (RFC 9110, section 4.3.4; RFC 9525; the common name does not count). False:
    /// whoever answers is believed.
    bool verify = true;
};

/// What all TLS connections of one client share: the files of its settings, read and checked. One thread.
class tls_context {
public:
    /// Reads the files that are named; throws aisle::exception (invalid_argument, naming the file) when one is missing
    /// or not what it should be. The system's authorities are read when they are first needed, since that takes some
    /// milliseconds that plain http has no use for.
    explicit tls_context(tls_settings settings);

    /// OpenSSL's context; connections hold on to it themselves.
    ssl_ctx_st* get();
    bool verifies() const noexcept { return settings_.verify; }

private:
    tls_settings settings_;
    std::shared_ptr<ssl_ctx_st> context_;
};

}  // namespace aisle::http
