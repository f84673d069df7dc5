#pragma once

#include <aisle/result.hpp>
#include <aisle/security.hpp>

#include <chrono>
#include <memory>
#include <string>

namespace aisle::cli {

/// A complete response of a node.
struct node_response {
    int status = 0;
    std::string date;  ///< the Date field
    std::string body;
    std::string message;  ///< the "message" of AIStore's error, if the status is not 200
    std::chrono::microseconds took{};
};

/// Sends single requests to a given node of the cluster. Unlike an engine it never retries and never uses another node.
/// Blocks. Not thread-safe.
class node_client {
public:
    /// limit: for connecting, for the first byte, and for each pause in the response. Throws aisle::exception
    /// (invalid_argument) if a file of tls cannot be used.
    node_client(tls_options const& tls, std::chrono::milliseconds limit);
    ~node_client();
    node_client(node_client const&) = delete;
    node_client& operator=(node_client const&) = delete;

    /// url: with path and query. authorization: value of the Authorization field; empty for none. Any status is a
    /// success. Errors: those of http::client.
    result<node_response> get(std::string const& url, std::string const& authorization = {});
    /// DELETE; follows redirects. The Authorization field is not sent to another host.
    result<node_response> remove(std::string const& url, std::string const& authorization = {});

private:
    class impl;
    std::unique_ptr<impl> impl_;
};

}  // namespace aisle::cli
