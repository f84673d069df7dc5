#pragma once

#include <aisle/result.hpp>

#include <string>

namespace aisle {

/// How an https endpoint is spoken to. Paths are of PEM files.
struct tls_options {
    /// Certificates to trust. Empty: the system's.
    std::string ca_file = {};
    /// The client's own certificate (chain) and its key, for clusters that ask for one. Both or neither.
    std::string certificate_file = {};
    std::string key_file = {};
    /// False: whoever answers is believed, and anybody on the way can read and change everything, the token included.
    bool verify = true;
};

/// As AIStore's own clients: AIS_CLIENT_CA, AIS_CRT, AIS_CRT_KEY, and AIS_SKIP_VERIFY_CRT set to a true value ("1",
/// "true", "yes", "on") for verify = false.
tls_options default_tls();

/// Who the client is: a bearer token (RFC 6750), given to the cluster's proxies and to nobody else. AIStore's targets
/// do not ask for it. Never part of an error, a report or a log.
struct credentials {
    /// The token itself; wins over file.
    std::string token = {};
    /// A file that holds it, as text or as the `{"token": "..."}` of AIStore's command line tool. Read again when it
    /// has changed, and when the server refuses the token with 401.
    std::string token_file = {};
};

/// AIS_AUTHN_TOKEN and AIS_AUTHN_TOKEN_FILE.
credentials default_credentials();

/// The value of the Authorization field that these credentials make ("Bearer ..."), for requests of one's own to a
/// proxy; empty when there is no token. Errors: invalid_argument: the token has bytes no field may have, or the file
/// cannot be read or has none.
result<std::string> authorization(credentials const& given);

}  // namespace aisle
