#pragma once

#include "connection.hpp"

#include <aisle/http/client.hpp>

#include <deque>
#include <map>
#include <memory>
#include <string>
#include <vector>

namespace aisle::http::detail {

/// Connections of one client: idle ones by host, leased ones under the eye of one tick. Single-threaded.
class client_state : public std::enable_shared_from_this<client_state> {
public:
    client_state(executor on, slab_pool& slabs, client_options options);

    client_options const options;
    client_stats stats;

    /// An idle connection to the host, or an unconnected one; waits while the host has its most leased. fresh: never an
    /// idle one. Errors: cancelled.
    task<result<std::unique_ptr<connection>>> lease(std::string authority, bool fresh);
    /// Takes a connection back: for reuse, or to close it.
    void give_back(std::unique_ptr<connection> c, bool reusable) noexcept;
    /// Looks after the deadlines of leased connections at this grain, or finer while one is patient.
    void watch();
    void close() noexcept;
    bool closed() const noexcept { return closed_; }

private:
    struct host {
        std::vector<std::unique_ptr<connection>> idle;  // youngest last
        std::size_t leased = 0;
        std::deque<timer*> waiting;
    };

    void tick();

    executor on_;
    slab_pool& slabs_;
    std::map<std::string, host, std::less<>> hosts_;
    std::vector<connection*> leased_;
    timer tick_;
    bool ticking_ = false;
    bool closed_ = false;
};

}  // namespace aisle::http::detail
