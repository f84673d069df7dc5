#pragma once

#include <string>

namespace aisle::http {

/// The text of OpenSSL's last error on this thread, or of the operating system error that caused it. Clears OpenSSL's
/// error queue. Never empty.
std::string openssl_reason();

/// The text for a failed verification (X509_V_ERR_...) of `host`, with a remedy.
std::string verification_failure(long code, std::string const& host);

/// The text for a failed handshake, from OpenSSL's last error on this thread, with a remedy.
std::string handshake_failure();

}  // namespace aisle::http
