#include "tls_error.hpp"

#include <openssl/err.h>
#include <openssl/ssl.h>
#include <openssl/x509_vfy.h>

#include <system_error>

namespace aisle::http {
namespace {

std::string message_of(unsigned long code) {
    if (code == 0) return "no reason given";
    if (ERR_SYSTEM_ERROR(code)) return std::generic_category().message(ERR_GET_REASON(code));
    auto const* const text = ERR_reason_error_string(code);
    return text ? text : "OpenSSL error " + std::to_string(code);
}

// The oldest error is the cause; later ones are its consequences.
unsigned long take_error() {
    auto const code = ERR_get_error();
    ERR_clear_error();
    return code;
}

char const* advice_for_alert(int reason) {
    switch (reason) {
        case SSL_R_TLSV13_ALERT_CERTIFICATE_REQUIRED:
        case SSL_R_SSLV3_ALERT_HANDSHAKE_FAILURE:
            return "; if the server requires a client certificate, set one with its key";
        case SSL_R_SSLV3_ALERT_BAD_CERTIFICATE:
        case SSL_R_SSLV3_ALERT_CERTIFICATE_EXPIRED:
        case SSL_R_SSLV3_ALERT_CERTIFICATE_REVOKED:
        case SSL_R_SSLV3_ALERT_CERTIFICATE_UNKNOWN:
        case SSL_R_SSLV3_ALERT_UNSUPPORTED_CERTIFICATE:
        case SSL_R_TLSV1_ALERT_ACCESS_DENIED:
        case SSL_R_TLSV1_ALERT_UNKNOWN_CA: return "; the server rejected this client's certificate";
        case SSL_R_WRONG_VERSION_NUMBER:
        case SSL_R_HTTP_REQUEST: return "; is this an https port?";
        case SSL_R_TLSV1_ALERT_PROTOCOL_VERSION:
        case SSL_R_UNSUPPORTED_PROTOCOL: return "; TLS 1.2 or later is required";
        default: return "";
    }
}

}  // namespace

std::string openssl_reason() {
    return message_of(take_error());
}

std::string verification_failure(long code, std::string const& host) {
    std::string text = X509_verify_cert_error_string(code);
    switch (code) {
        case X509_V_ERR_HOSTNAME_MISMATCH:
        case X509_V_ERR_IP_ADDRESS_MISMATCH:
            return "the certificate is not valid for " + host + " (" + text + "); use a host name that it lists";
        case X509_V_ERR_CERT_HAS_EXPIRED:
            return text + "; the server needs a new certificate, unless this machine's clock is wrong";
        case X509_V_ERR_CERT_NOT_YET_VALID: return text + "; check this machine's clock";
        case X509_V_ERR_DEPTH_ZERO_SELF_SIGNED_CERT:
        case X509_V_ERR_SELF_SIGNED_CERT_IN_CHAIN:
        case X509_V_ERR_UNABLE_TO_GET_ISSUER_CERT:
        case X509_V_ERR_UNABLE_TO_GET_ISSUER_CERT_LOCALLY:
        case X509_V_ERR_UNABLE_TO_VERIFY_LEAF_SIGNATURE:
            return text + ": not signed by a trusted authority; set the CA file to verify it with";
        default: return text;
    }
}

std::string handshake_failure() {
    auto const code = take_error();
    return "TLS handshake failed: " + message_of(code) + advice_for_alert(ERR_GET_REASON(code));
}

}  // namespace aisle::http
