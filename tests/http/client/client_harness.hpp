#pragma once

#include "../fixtures.hpp"
#include "../scripted_server.hpp"
#include "result_text.hpp"

#include <aisle/http/client.hpp>

#include <catch2/catch.hpp>

#include <functional>
#include <string>
#include <vector>

namespace aisle::http::test {

/// The result of one request: the final response and its whole body, or the error that ended it.
struct outcome {
    int status = 0;
    std::string body;
    std::string final_url;
    std::string content_type;
    error failure;
    errc code() const noexcept { return static_cast<errc>(failure.code.value()); }
};

/// Options with one short deadline, for a test in which the server misses it. The others are so long that run() gives
/// up before them.
client_options one_short(std::chrono::milliseconds client_options::* deadline);

/// A client, its pool and its io_context. Everything runs inside run().
class client_harness {
public:
    explicit client_harness(client_options options = {});
    ~client_harness();

    http::client& client() noexcept { return *client_; }
    slab_pool& slabs() noexcept { return slabs_; }
    executor ex() noexcept { return io_.get_executor(); }
    boost::asio::io_context& io() noexcept { return io_; }

    /// Starts a coroutine; run() returns when all have ended.
    void start(std::function<task<void>()> coroutine);
    void run();
    void destroy_client() { client_.reset(); }

    /// Sends a request and reads the response to its end. Runs to completion.
    outcome fetch(request r);
    outcome fetch(std::string const& url_text);
    task<outcome> fetching(request r, std::chrono::microseconds patience = {});
    /// Runs ready handlers for at most this long.
    void run_for(std::chrono::milliseconds t) { io_.restart(), io_.run_for(t); }
    /// Runs handlers until the condition holds, at most 30 s. False if it does not hold by then.
    bool run_until(std::function<bool()> const& holds);

private:
    boost::asio::io_context io_{1};
    slab_pool slabs_{64 << 20};
    std::unique_ptr<http::client> client_;
    int running_ = 0;
};

request get(std::string const& url_text);
request with_body(std::string const& url_text, std::string body, std::string method = "GET");

}  // namespace aisle::http::test
