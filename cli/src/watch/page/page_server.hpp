#pragma once

#include "listen_address.hpp"

#include <cstddef>
#include <functional>
#include <map>
#include <memory>
#include <string>

namespace aisle::cli {

/// A resource that is served at a path.
struct served_page {
    std::string content_type;
    /// Called for each request, on the server's thread.
    std::function<std::string()> body;
};

/// Server-sent events at a path. open: called for each client, returns the function that makes this client's messages.
/// A message must not contain line breaks. All calls are made on the server's thread.
struct served_feed {
    std::function<std::function<std::string()>()> open;
};

/// A small read-only HTTP server for watching this process. Accepts GET and HEAD. It has no authentication: everyone
/// who can reach it can read it. So it listens on the loopback interface by default, refuses requests under foreign
/// host names (is_own_host()), and tells browsers not to let other sites read or embed it.
///
/// Has one thread and at most `most_connections` connections. Each connection has at most one pending message: a slow
/// client skips messages, and a client that does not read for 30 seconds is disconnected.
class page_server {
public:
    static constexpr std::size_t most_connections = 16;

    struct site {
        std::map<std::string, served_page> pages;  ///< by path, "/metrics"
        std::map<std::string, served_feed> feeds;
    };

    /// Listens and starts serving. Throws run_error if it cannot listen there. What the functions of `what` use must
    /// outlive the server.
    page_server(listen_address const& at, site what);
    /// close().
    ~page_server();
    page_server(page_server const&) = delete;
    page_server& operator=(page_server const&) = delete;

    /// The address with the actual port.
    listen_address const& address() const noexcept;

    /// Sends the next message to every client of a feed. Thread-safe.
    void publish() noexcept;
    /// Sends a last message to every client of a feed, waits at most a second for them to read it, closes all
    /// connections and ends the thread.
    void close() noexcept;

private:
    class impl;
    std::unique_ptr<impl> impl_;
};

}  // namespace aisle::cli
