#pragma once

#include "../scripted_server.hpp"
#include "support/certificates.hpp"

#include <functional>
#include <memory>
#include <string>
#include <string_view>

struct ssl_st;

namespace aisle::http::test {

/// The server's end of one TLS connection, with blocking calls.
class tls_peer {
public:
    tls_peer(ssl_st* ssl, peer& below) noexcept : ssl_(ssl), below_(below) {}

    int number() const noexcept { return below_.number(); }
    /// One request without a body; empty when the client has closed.
    std::string read_request();
    /// The next data; empty at the end.
    std::string receive();
    bool send(std::string_view bytes);
    /// Sends close_notify, then closes the sending side.
    void finish();
    /// Closes the connection without close_notify.
    void cut() { below_.finish(); }
    peer& below() noexcept { return below_; }

private:
    ssl_st* ssl_;
    peer& below_;
};

/// A certificate authority, and a server with a certificate from it.
struct vouched_server {
    aisle::test::temporary_folder folder;
    aisle::test::test_authority authority{folder};
    aisle::test::pem_files server = authority.issue({});
};

struct tls_server_options {
    aisle::test::pem_files identity;
    std::string client_ca = {};  ///< not empty: clients must have a certificate of this authority
    int max_version = 0;         ///< OpenSSL's TLS1_2_VERSION and so on; 0: the newest
};

/// A script for scripted_server: the handshake, then `play` if it succeeds.
scripted_server::script over_tls(tls_server_options const& options, std::function<void(tls_peer&)> play);

/// "https://HOST:PORT/..."
std::string https_url(scripted_server const& s, std::string_view host = "localhost", std::string_view target = "/");

}  // namespace aisle::http::test
