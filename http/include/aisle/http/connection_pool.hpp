#pragma once

#include <aisle/http/connection.hpp>
#include <aisle/recycler.hpp>
#include <aisle/result.hpp>

#include <chrono>
#include <cstddef>
#include <deque>
#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace aisle::http {

/// The connections of one client, by host: keeps idle ones for reuse, and limits how many are in use. One thread.
/// Leases hold a pointer to the pool, so it must outlive them.
///
/// Idle connections are checked periodically: those that the server has closed, or that are too old, are closed, and
/// hosts without connections are forgotten.
class connection_pool {
public:
    struct limits {
        unsigned per_host = 256;  ///< maximum leases per host, at least 1
        std::chrono::milliseconds keep_alive{25'000};
        std::chrono::milliseconds check_every{1'000};  ///< idle connections are checked after 1 to 2 of these intervals
    };

private:
    struct host;
    struct waiter;

public:
    /// A permit for one exchange with a host, and its connection, once there is one. Move-only; the destructor ends it
    /// and closes the connection unless keep() was called.
    class lease {
    public:
        lease() = default;
        lease(lease&& other) noexcept;
        lease& operator=(lease&& other) noexcept;
        ~lease();

        /// Takes the youngest kept-alive connection that still works, if there is one.
        bool reuse();
        /// Takes a new connection that is not connected yet.
        void renew();
        connection* operator->() const noexcept { return connection_.get(); }
        explicit operator bool() const noexcept { return connection_ != nullptr; }
        /// Ends the lease: the connection waits in the pool for its next exchange.
        void keep() noexcept;

    private:
        friend class connection_pool;
        lease(connection_pool& pool, host& h) noexcept : pool_(&pool), host_(&h) {}
        void end() noexcept;

        connection_pool* pool_ = nullptr;
        host* host_ = nullptr;
        std::unique_ptr<connection> connection_;
    };

    connection_pool(executor ex, limits l, std::shared_ptr<limit_clock> deadlines, std::shared_ptr<limit_clock> pace);
    connection_pool(connection_pool const&) = delete;
    connection_pool& operator=(connection_pool const&) = delete;
    ~connection_pool();

    /// A lease for an origin (url::origin(), so https shares no connection with http). If the host has the maximum
    /// number of leases, waits in FIFO order for one to end. Errors: cancelled.
    task<result<lease>> acquire(recycled_string origin);

    /// True if a file descriptor is free for one more connection, with some spare ones for files of the rest of the
    /// process, unless it is the pool's only connection. Closes idle connections, the oldest first, until this is true.
    bool make_room() noexcept;

    /// Closes every connection; current and later acquire() calls fail with errc::cancelled.
    void close() noexcept;
    bool closed() const noexcept { return closed_; }

    std::size_t idle() const noexcept;
    std::size_t leased() const noexcept;
    /// Number of hosts known.
    std::size_t hosts() const noexcept { return hosts_.size(); }

private:
    using connection_list = boost::intrusive::list<connection, boost::intrusive::constant_time_size<false>>;

    struct host {
        std::vector<std::unique_ptr<connection>> idle;  // youngest last
        std::deque<waiter*> waiting;                    // oldest first
        std::size_t leased = 0;
    };

    host& host_of(std::string_view origin);
    void drop_old(host& h) noexcept;
    void leave(host& h) noexcept;
    void check_later() noexcept;
    void check_idle() noexcept;

    executor executor_;
    limits const limits_;
    std::shared_ptr<limit_clock> deadlines_;
    std::shared_ptr<limit_clock> pace_;
    std::map<std::string, host, std::less<>> hosts_;
    connection_list in_use_;
    std::optional<time_limit> check_timer_;  // none once closed: its clock's timer would keep the thread until it ticks
    bool will_check_ = false;
    bool closed_ = false;
};

}  // namespace aisle::http
