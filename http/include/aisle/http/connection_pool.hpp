#pragma once

#include <aisle/http/connection.hpp>
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

/// The connections of one client, by host: kept-alive ones for reuse, and a cap on how many are in use at one time. One
/// thread. Leases keep a pointer to the pool, so it must outlive them.
///
/// While there are idle connections they are looked at now and then: those that the server has closed, and those that
/// are too old, are closed, and hosts without connections are forgotten.
class connection_pool {
public:
    struct limits {
        unsigned per_host = 256;  ///< leases of one host at one time, at least 1
        std::chrono::milliseconds keep_alive{25'000};
        std::chrono::milliseconds look_every{1'000};  ///< idle connections are looked at after 1 to 2 of these
    };

private:
    struct host;
    struct waiter;

public:
    /// The right to one exchange with a host, and the connection it uses, once it has one. Move-only; ends by being
    /// destroyed, which closes the connection unless keep() was called.
    class lease {
    public:
        lease() = default;
        lease(lease&& other) noexcept;
        lease& operator=(lease&& other) noexcept;
        ~lease();

        /// Takes the youngest kept-alive connection that is still good, if there is one.
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

    /// A lease for an origin (url::origin()), which https shares no connection with http; when the host has its cap of
    /// them, after one of them ends, first come, first served. Errors: cancelled.
    task<result<lease>> acquire(std::string origin);

    /// True when there is a file descriptor for one more connection, and for the files that the rest of the
    /// process opens now and then, unless it is the pool's only one. Closes idle connections, the oldest first, until
    /// there is.
    bool make_room() noexcept;

    /// Closes every connection; whoever waits, or asks later, gets errc::cancelled.
    void close() noexcept;
    bool closed() const noexcept { return closed_; }

    std::size_t idle() const noexcept;
    std::size_t leased() const noexcept;
    /// Hosts that are remembered.
    std::size_t hosts() const noexcept { return hosts_.size(); }

private:
    using connection_list = boost::intrusive::list<connection, boost::intrusive::constant_time_size<false>>;

    struct host {
        std::vector<std::unique_ptr<connection>> idle;  // youngest last
        std::deque<waiter*> waiting;                    // oldest first
        std::size_t leased = 0;
    };

    void drop_old(host& h) noexcept;
    void leave(host& h) noexcept;
    void look_later() noexcept;
    void look_at_idle() noexcept;

    executor executor_;
    limits const limits_;
    std::shared_ptr<limit_clock> deadlines_;
    std::shared_ptr<limit_clock> pace_;
    std::map<std::string, host, std::less<>> hosts_;
    connection_list in_use_;
    std::optional<time_limit> look_;  // none once closed: its clock's timer would keep the thread until it ticks
    bool will_look_ = false;
    bool closed_ = false;
};

}  // namespace aisle::http
