#pragma once

#include <aisle/export.h>
#include <aisle/result.hpp>

#include <string>

namespace aisle {

/// TLS options of an https endpoint. All files are in PEM format.
struct tls_options {
    /// Certificates to trust. Empty: the system's.
    std::string ca_file = {};
    /// The client's certificate (chain) and its key, for clusters that require one. Both or neither.
    std::string certificate_file = {};
    std::string key_file = {};
    /// False: the server's certificate is not checked. Anyone on the network path can then read and change all traffic,
    /// including the token.
    bool verify = true;
};

/// Reads the environment variables of AIStore's own clients: AIS_CLIENT_CA, AIS_CRT, AIS_CRT_KEY, and
/// AIS_SKIP_VERIFY_CRT ("1", "true", "yes" or "on" sets verify to false).
AISLE_API tls_options default_tls();

/// The client's bearer token (RFC 6750). It is sent only to the cluster's proxies; AIStore's targets do not ask for it.
/// It never appears in an error, a report or a log.
struct credentials {
    /// The token. Takes precedence over token_file.
    std::string token = {};
    /// A file that contains the token, as plain text or as the `{"token": "..."}` of AIStore's command line tool. Read
    /// again when it has changed, and when the server refuses the token with 401.
    std::string token_file = {};
};

/// Reads the environment variables AIS_AUTHN_TOKEN and AIS_AUTHN_TOKEN_FILE.
AISLE_API credentials default_credentials();

/// The value of an Authorization header ("Bearer ...") for a caller's own requests to a proxy; empty without a token.
/// errc::invalid_argument: the token contains bytes that a header must not have, or the file cannot be read or contains
/// no token.
AISLE_API result<std::string> authorization(credentials const& given);

}  // namespace aisle
