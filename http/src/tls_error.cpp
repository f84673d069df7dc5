#include "tls_error.hpp"

#include <openssl/err.h>
#include <openssl/ssl.h>
#include <openssl/x509_vfy.h>

#include <system_error>

namespace aisle::http {
namespace {

std::string words_for(unsigned long code) {
    if (code == 0) return "no reason given";
    if (ERR_SYSTEM_ERROR(code)) return std::generic_category().message(ERR_GET_REASON(code));
    auto const* const words = ERR_reason_error_string(code);
    return words ? words : "OpenSSL error " + std::to_string(code);
}

// The oldest error is the cause, those behind it are what it led to.
unsigned long take_error() {
    auto const code = ERR_get_error();
    ERR_clear_error();
    return code;
}

char const* advice_for_alert(int reason) {
    switch (reason) {
        case SSL_R_TLSV13_ALERT_CERTIFICATE_REQUIRED:
        case SSL_R_SSLV3_ALERT_HANDSHAKE_FAILURE:
            return "; if the server asks for a client certificate, give one and its key";
        case SSL_R_SSLV3_ALERT_BAD_CERTIFICATE:
        case SSL_R_SSLV3_ALERT_CERTIFICATE_EXPIRED:
        case SSL_R_SSLV3_ALERT_CERTIFICATE_REVOKED:
        case SSL_R_SSLV3_ALERT_CERTIFICATE_UNKNOWN:
        case SSL_R_SSLV3_ALERT_UNSUPPORTED_CERTIFICATE:
        case SSL_R_TLSV1_ALERT_ACCESS_DENIED:
        case SSL_R_TLSV1_ALERT_UNKNOWN_CA: return "; the server does not accept this client's certificate";
        case SSL_R_WRONG_VERSION_NUMBER:
        case SSL_R_HTTP_REQUEST: return "; does this port speak https at all?";
        case SSL_R_TLSV1_ALERT_PROTOCOL_VERSION:
        case SSL_R_UNSUPPORTED_PROTOCOL: return "; TLS 1.2 or later is needed";
        default: return "";
    }
}

}  // namespace

std::string openssl_reason() {
    return words_for(take_error());
}

std::string verification_failure(long code, std::string const& host) {
    std::string const words = X509_verify_cert_error_string(code);
    switch (code) {
        case X509_V_ERR_HOSTNAME_MISMATCH:
        case X509_V_ERR_IP_ADDRESS_MISMATCH:
            return "its certificate is not for " + host + " (" + words + "); ask by a name it is for";
        case X509_V_ERR_CERT_HAS_EXPIRED:
            return words + "; the server needs a new certificate, unless this machine's clock is wrong";
        case X509_V_ERR_CERT_NOT_YET_VALID: return words + "; is this machine's clock right?";
        case X509_V_ERR_DEPTH_ZERO_SELF_SIGNED_CERT:
        case X509_V_ERR_SELF_SIGNED_CERT_IN_CHAIN:
        case X509_V_ERR_UNABLE_TO_GET_ISSUER_CERT:
        case X509_V_ERR_UNABLE_TO_GET_ISSUER_CERT_LOCALLY:
        case X509_V_ERR_UNABLE_TO_VERIFY_LEAF_SIGNATURE:
            return words + ": not signed by anybody trusted here; name the CA file that it is to be checked with";
        default: return words;
    }
}

std::string handshake_failure() {
    auto const code = take_error();
    return "the TLS handshake failed: " + words_for(code) + advice_for_alert(ERR_GET_REASON(code));
}

}  // namespace aisle::http
