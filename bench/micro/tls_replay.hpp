#pragma once

#include <memory>
#include <string>
#include <string_view>

struct ssl_ctx_st;

namespace aisle::bench {

/// The server's end of TLS connections, each of which gives the same answer to whatever is asked.
class tls_replay {
public:
    /// PEM files; throws std::runtime_error when they will not do.
    tls_replay(std::string const& certificate, std::string const& key);

    /// Serves until the client closes. Blocks.
    void serve(int socket, std::string_view answer) const;

private:
    std::shared_ptr<ssl_ctx_st> context_;
};

}  // namespace aisle::bench
