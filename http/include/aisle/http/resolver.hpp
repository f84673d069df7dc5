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

/// Looks up host names, and keeps what it found for a while: getaddrinfo tells no TTL. Whoever wants a name that is
/// being looked up waits for the same look-up. Failures are not kept. One thread, the executor's.
class resolver {
public:
    using addresses = std::vector<boost::asio::ip::address>;
    /// Finds the addresses of a host, best first, and calls `found` once, on the executor's thread, after it has
    /// returned. The resolver may be gone by then.
    using lookup =
        std::function<void(std::string const& host, std::function<void(boost::system::error_code, addresses)> found)>;

    /// What is known of one host, shared by all that use it.
    class known_host {
    public:
        addresses const& list() const noexcept { return found_; }
        /// The one that connected goes first from now on: who remembers need not wait for a dead one each time (RFC
        /// 8305, section 4).
        void prefer(boost::asio::ip::address const& connected);
        /// No address of these could be connected to: the next resolve() looks the name up anew.
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
        bool kept = false;                 ///< was known before: an address may have moved since
    };

    /// Uses getaddrinfo, in a thread of Asio's. keep: how long an answer is used.
    explicit resolver(executor ex, std::chrono::milliseconds keep = std::chrono::minutes(1));
    resolver(executor ex, lookup how, std::chrono::milliseconds keep = std::chrono::minutes(1));
    resolver(resolver const&) = delete;
    resolver& operator=(resolver const&) = delete;
    ~resolver() = default;

    /// The addresses of a name. `gate` is what is waited on, so that the caller can end the wait by cancelling it; a
    /// look-up itself cannot be interrupted. Both must live as long. Errors: resolve_failed; cancelled, when the gate
    /// was cancelled first.
    task<result<answer>> resolve(std::string host, timer& gate);

    /// Names that are known, or being looked up.
    std::size_t size() const noexcept { return hosts_.size(); }

private:
    std::shared_ptr<known_host> begin(std::string const& host);

    lookup look_up_;
    std::chrono::milliseconds const keep_;
    std::map<std::string, std::shared_ptr<known_host>, std::less<>> hosts_;
};

}  // namespace aisle::http
