#pragma once

#include <memory>
#include <string>
#include <string_view>

struct ssl_ctx_st;

namespace aisle::bench {

/// The server side of TLS connections, with the same answer to every request.
class tls_replay {
public:
    /// PEM files; throws std::runtime_error if they cannot be used.
    tls_replay(std::string const& certificate, std::string const& key);

    /// Serves until the client closes. Blocks.
    void serve(int socket, std::string_view answer) const;

private:
    std::shared_ptr<ssl_ctx_st> context_;
};

}  // namespace aisle::bench
