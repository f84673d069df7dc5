#pragma once

#include <aisle/playground/server.hpp>

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

namespace aisle::test {

/// A response as it was received.
struct raw_answer {
    int status = 0;
    std::string head;                 ///< with its blank line
    std::string body;                 ///< without chunk framing
    std::vector<std::size_t> chunks;  ///< sizes, the final 0 among them
    bool whole = false;               ///< by its length, or by its final chunk

    std::string field(std::string_view name) const;
    std::string location() const { return field("Location"); }
};

/// A blocking socket to a server on this machine, for tests of exact bytes. Throws if nothing arrives for 30
/// seconds.
class raw_connection {
public:
    explicit raw_connection(std::uint16_t port, std::string const& address = "127.0.0.1");
    ~raw_connection();
    raw_connection(raw_connection const&) = delete;
    raw_connection& operator=(raw_connection const&) = delete;

    void send(std::string_view bytes);
    /// The next response; to_head: it has no body, whatever its head says.
    raw_answer receive(bool to_head = false);
    /// Waits until this many bytes have arrived, or the end; receive() and drain() then return them.
    void await(std::size_t bytes);
    /// Everything until the peer closes the connection.
    std::string drain();
    /// True if the peer closes within this time and sends nothing before.
    bool closes_within(std::chrono::milliseconds time);

private:
    bool more();

    int fd_ = -1;
    std::string received_;
};

struct raw_request {
    std::string_view method = "GET";
    std::string body = {};
    std::string fields = {};  ///< whole lines, each with its CRLF
};

std::string request_text(std::string_view path, raw_request const& request);
/// One request on its own connection. url: "http://127.X.Y.Z:PORT/PATH".
raw_answer ask(std::string_view url, raw_request const& request = {});
/// The Location with its path replaced: AIStore does not encode it.
std::string with_path(std::string_view location, std::string_view path);
/// Like ask(), but follows one redirect, with the same method and body.
raw_answer ask_on(std::string_view url, raw_request const& request = {});

/// A member of a tar archive, read by the simplest code.
struct raw_member {
    std::string name;
    std::string data;
    bool operator==(raw_member const&) const = default;
};
std::vector<raw_member> members_of(std::string_view tar);
std::string names_of(std::string_view tar);  ///< joined by a blank

/// A playground with buckets in memory. Target 0 owns the objects whose names begin with "l" or "nol", target 1 the
/// others, so that tests know what is local to whom.
class cluster_under_test {
public:
    explicit cluster_under_test(playground::server_options options = {});

    std::string url(std::string_view path) const { return server.endpoint() + std::string(path); }
    void create(std::string const& bucket);
    void put(std::string const& bucket, std::string const& name, std::string const& data);

    /// The redirect to a given target: asks until the random choice is this target.
    std::string redirect_to(unsigned target, std::string const& bucket, std::string const& json);
    /// The response of a given target to a batch.
    raw_answer batch_by(unsigned target, std::string const& bucket, std::string const& json);
    raw_answer batch(std::string const& bucket, std::string const& json);

    playground::server server;
    std::vector<std::uint16_t> target_ports;
    std::vector<std::string> target_urls;
};

}  // namespace aisle::test
