#pragma once

#include <string>

namespace aisle::http {

/// The words of OpenSSL's last error on this thread, which is forgotten then; the operating system's where it is one of
/// those. Never empty.
std::string openssl_reason();

/// The words for a failed verification (X509_V_ERR_...) of `host`, and what to do about it.
std::string verification_failure(long code, std::string const& host);

/// The words for a failed handshake, out of OpenSSL's last error on this thread, and what to do about it.
std::string handshake_failure();

}  // namespace aisle::http
