// A program that fetches with Aisle and does network I/O of its own with its own Asio.
#include <aisle/async.hpp>
#include <aisle/engine.hpp>
#include <aisle/playground/server.hpp>

#include <boost/asio/co_spawn.hpp>
#include <boost/asio/detached.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/read.hpp>
#include <boost/asio/steady_timer.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <boost/asio/write.hpp>
#include <boost/beast/core/flat_buffer.hpp>
#include <boost/beast/http/empty_body.hpp>
#include <boost/beast/http/read.hpp>
#include <boost/beast/http/string_body.hpp>
#include <boost/beast/http/write.hpp>

#include <cstdint>
#include <cstdio>
#include <string>

namespace asio = boost::asio;
namespace http = boost::beast::http;

namespace {

// One GET with the program's own Beast, at the server that Aisle reads from.
asio::awaitable<unsigned> ask(std::string endpoint) {
    auto const port = endpoint.substr(endpoint.rfind(':') + 1);
    auto const ex = co_await asio::this_coro::executor;
    asio::ip::tcp::socket socket(ex);
    asio::ip::tcp::endpoint const where(asio::ip::make_address("127.0.0.1"),
                                        static_cast<std::uint16_t>(std::stoi(port)));
    co_await socket.async_connect(where, asio::use_awaitable);
    http::request<http::empty_body> request(http::verb::get, "/v1/health", 11);
    request.set(http::field::host, "localhost");
    auto writing = http::async_write(socket, request, asio::use_awaitable);
    co_await std::move(writing);
    boost::beast::flat_buffer buffer;
    http::response<http::string_body> response;
    auto reading = http::async_read(socket, buffer, response, asio::use_awaitable);
    co_await std::move(reading);
    co_return response.result_int();
}

}  // namespace

int main() {
    aisle::playground::server_options options;
    options.made_up = aisle::playground::synthetic{"synthetic", 100, 5'000};
    aisle::playground::server server(std::move(options));
    server.start();

    aisle::engine_options how;
    how.endpoint = server.endpoint();
    aisle::engine engine(how);
    aisle::batch b("ais://synthetic");
    for (std::uint64_t i = 0; i < 100; ++i) b.add(aisle::playground::synthetic_name(i));

    asio::io_context io;
    unsigned status = 0;
    std::uint64_t delivered = 0;
    bool rang = false;
    asio::steady_timer timer(io, std::chrono::milliseconds(1));
    timer.async_wait([&](boost::system::error_code ec) { rang = !ec; });
    auto run = [&]() -> asio::awaitable<void> {
        auto asking = ask(server.endpoint());
        status = co_await std::move(asking);
        auto stream = aisle::async_stream(engine, b, {}, [](aisle::sample) {}, asio::use_awaitable);
        auto const total = co_await std::move(stream);
        delivered = total.delivered;
        // And one that the program's own Asio runs.
        aisle::engine_on here(io.get_executor(), how);
        auto beside = aisle::async_stream(here, b, {}, [](aisle::sample) {}, asio::use_awaitable);
        auto const as_well = co_await std::move(beside);
        delivered += as_well.delivered;
    };
    asio::co_spawn(io, run, asio::detached);
    io.run();
    std::printf("health %u, delivered %llu\n", status, static_cast<unsigned long long>(delivered));
    return status == 200 && delivered == 200 && rang ? 0 : 1;
}
