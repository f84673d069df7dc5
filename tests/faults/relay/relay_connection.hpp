#pragma once

#include "client_side.hpp"
#include "fault.hpp"
#include "message.hpp"

#include <boost/asio/awaitable.hpp>
#include <boost/asio/ip/tcp.hpp>

#include <cstdint>
#include <memory>
#include <optional>
#include <string>

namespace aisle::faults {

/// A node of the cluster and its port on the relay.
struct node {
    unsigned number = 0;
    std::string authority = {};  ///< "host:port"
    boost::asio::ip::tcp::endpoint upstream = {};
    std::uint16_t port = 0;
};

/// Shared by all connections. On the relay's thread, except counts.
struct switchboard {
    virtual ~switchboard() = default;
    /// The "host:port" that replaces a node; a new node gets a port, an address that is none stays unchanged.
    virtual std::string stand_in(std::string_view authority) = 0;
    virtual std::shared_ptr<plan const> current_plan() const = 0;
    counters counts;
};

/// One client's connection and the one to its node. Used on the relay's thread.
class relay_connection : public std::enable_shared_from_this<relay_connection> {
public:
    relay_connection(boost::asio::ip::tcp::socket client, node const& to, switchboard& home, std::uint64_t number);

    /// Passes requests and answers until either side, or a fault, ends it.
    boost::asio::awaitable<void> run();
    /// Resets both sides.
    void abandon() noexcept;

private:
    using socket = boost::asio::ip::tcp::socket;
    enum class phase : std::uint8_t { resting, answering, elsewhere };

    boost::asio::awaitable<bool> serve_one();
    boost::asio::awaitable<bool> pass_answer(message_head const* request);
    boost::asio::awaitable<bool> pass_body(body_meter* meter);
    boost::asio::awaitable<bool> pass_request_body(body_meter* meter, bool onwards);
    boost::asio::awaitable<bool> refuse(message_head const* request);
    boost::asio::awaitable<std::optional<message_head>> read_head(socket* from, std::string* into);
    boost::asio::awaitable<bool> read_more(socket* from, std::string* into);
    boost::asio::awaitable<bool> collect(body_meter* meter, socket* from, std::string* into, std::string* payload);
    boost::asio::awaitable<void> part(bool by_reset);
    void watch(socket& side, phase during);

    client_side client_;
    socket upstream_;
    node const& node_;
    switchboard& home_;
    std::uint64_t number_;
    std::uint64_t requests_ = 0;
    phase phase_ = phase::elsewhere;
    std::string from_client_;
    std::string from_upstream_;
};

}  // namespace aisle::faults
