#pragma once

#include <aisle/http/client.hpp>
#include <aisle/options.hpp>
#include <aisle/result.hpp>
#include <aisle/slab.hpp>

#include <boost/asio/co_spawn.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/post.hpp>

#include <chrono>
#include <exception>
#include <optional>
#include <stop_token>
#include <string>
#include <string_view>
#include <utility>

namespace aisle::cli {

/// An answer's status, its whole body, and where it sends the one who asked.
struct cluster_answer {
    int status = 0;
    std::string body;
    std::string location;
};

/// A bucket as a request names it: its escaped name, and the query that tells its provider and namespace.
struct bucket_address {
    std::string name;
    std::string query;
};

/// Takes "ais://[@uuid][#namespace]/name" apart. errc::invalid_argument for anything else.
result<bucket_address> bucket_address_of(std::string_view bucket);

/// The words of an answer that is no success: errc::server_error with the status and the server's own text.
error refusal_of(cluster_answer const& a, std::string what);

/// The command's own requests to a cluster, those that are no Get-Batch: an event loop and an HTTP client that live
/// while a task runs. When nothing has come for two seconds, it says so on standard error, and again every half a
/// minute. One thread.
class cluster_session {
public:
    /// Throws aisle::exception for an endpoint, a token or a TLS file that cannot be used. Of several endpoints the
    /// first.
    explicit cluster_session(engine_options const& cluster);

    /// A request to the proxy, with the token where there is one. path begins with "/v1/". A redirect is not followed:
    /// the token is for the proxy alone.
    http::request to_proxy(std::string method, std::string_view path, std::string query) const;

    /// Sends it and reads the whole answer. Redirects are answers. Errors: those of the http room, errc::limit_exceeded
    /// for an answer of more than 64 MiB.
    http::task<result<cluster_answer>> ask(http::request r);

    /// Runs a task to its end on this thread. stop ends it with errc::cancelled.
    template <class T>
    result<T> run(http::task<result<T>> work, std::stop_token stop) {
        std::optional<result<T>> came;
        std::exception_ptr thrown;
        boost::asio::co_spawn(loop_, tell_of_silence(), [](std::exception_ptr) {});
        boost::asio::co_spawn(loop_, std::move(work), [&](std::exception_ptr e, result<T> r) {
            thrown = e;
            came = std::move(r);
            over_ = true;
            silence_.cancel();
            client_.close();
        });
        std::stop_callback const on_stop(std::move(stop),
                                         [this] { boost::asio::post(loop_, [this] { client_.close(); }); });
        loop_.run();
        if (thrown) std::rethrow_exception(thrown);
        return std::move(*came);
    }

    http::executor executor() { return loop_.get_executor(); }

private:
    using clock = std::chrono::steady_clock;

    http::task<void> tell_of_silence();

    http::url proxy_;
    std::string authorization_;
    boost::asio::io_context loop_{1};
    slab_pool slabs_{std::size_t{8} << 20};
    http::client client_;
    http::timer silence_{loop_.get_executor()};
    clock::time_point heard_ = clock::now();  ///< when something came, the last time
    std::optional<error> fault_;              ///< of the newest request, if it has failed
    std::chrono::milliseconds const longest_wait_;
    bool over_ = false;
};

}  // namespace aisle::cli
