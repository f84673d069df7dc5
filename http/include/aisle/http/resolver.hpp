#pragma once

#include <aisle/http/asio.hpp>
#include <aisle/result.hpp>

#include <boost/asio/ip/address.hpp>
#include <boost/system/error_code.hpp>

#include <chrono>
#include <functional>
#include <map>
#include <memory>
#include <string>
#include <vector>

namespace aisle::http {

/// Resolves host names and caches the results for a fixed time, because getaddrinfo() does not report a TTL. Concurrent
/// requests for a name share one lookup. Failures are not cached. Used on the executor's thread.
class resolver {
public:
    using addresses = std::vector<boost::asio::ip::address>;
    /// Resolves a host to its addresses, best first. Must call `found` once, on the executor's thread, after it has
    /// returned. The resolver may be destroyed by then.
    using lookup =
        std::function<void(std::string const& host, std::function<void(boost::system::error_code, addresses)> found)>;

    /// The result for one host, shared by all its users.
    class known_host {
    public:
        addresses const& list() const noexcept { return found_; }
        /// Moves the address that connected to the front, so that the next connection does not wait for a dead one
        /// first (RFC 8305, section 4).
        void prefer(boost::asio::ip::address const& connected);
        /// None of the addresses could be connected: the next resolve() looks the name up again.
        void forget() noexcept { good_until_ = std::chrono::steady_clock::time_point::min(); }

    private:
        friend class resolver;
        addresses found_;
        boost::system::error_code failed_;
        std::chrono::steady_clock::time_point good_until_{};
        bool running_ = true;
        std::vector<timer*> waiting_;
    };

    struct answer {
        std::shared_ptr<known_host> host;  ///< never null, its list never empty
        bool kept = false;                 ///< from the cache: the address may have changed since
    };

    /// Uses getaddrinfo() on Asio's resolver thread. keep: how long a result is cached.
    explicit resolver(executor ex, std::chrono::milliseconds keep = std::chrono::minutes(1));
    resolver(executor ex, lookup how, std::chrono::milliseconds keep = std::chrono::minutes(1));
    resolver(resolver const&) = delete;
    resolver& operator=(resolver const&) = delete;
    ~resolver() = default;

    /// The addresses of a name. The wait uses the timer `gate`, so that the caller can end it by cancelling the timer;
    /// the lookup itself cannot be interrupted. The timer and the resolver must outlive the call. Errors:
    /// resolve_failed; cancelled, if the gate was cancelled first.
    task<result<answer>> resolve(std::string host, timer& gate);

    /// Number of names cached or being looked up.
    std::size_t size() const noexcept { return hosts_.size(); }

private:
    std::shared_ptr<known_host> begin(std::string const& host);

    lookup lookup_;
    std::chrono::milliseconds const keep_;
    std::map<std::string, std::shared_ptr<known_host>, std::less<>> hosts_;
};

}  // namespace aisle::http
