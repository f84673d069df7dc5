// Asio coroutines on the program's own context: one submits, the other takes; neither blocks their thread. Usage:
// example_05_coroutines BUCKET OBJECT...
#include <aisle/async.hpp>

#include <boost/asio/awaitable.hpp>
#include <boost/asio/co_spawn.hpp>
#include <boost/asio/detached.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/use_awaitable.hpp>

#include <iostream>
#include <string>
#include <vector>

namespace asio = boost::asio;

asio::awaitable<void> submit_all(aisle::feed& feed, std::string bucket, std::vector<std::string> names) {
    for (auto& name : names) {
        aisle::entry e{.bucket = bucket, .object = std::move(name)};
        co_await feed.async_submit(std::move(e), asio::use_awaitable);
    }
    feed.end_input();
}

asio::awaitable<void> take_all(aisle::feed& feed) {
    std::size_t samples = 0;
    for (;;) {
        auto block = co_await feed.async_next_block(asio::use_awaitable);
        if (!block) break;
        samples += block->size();
    }
    std::cout << samples << " samples\n";
}

int main(int argc, char** argv) {
    if (argc < 3) return std::cerr << "usage: " << argv[0] << " BUCKET OBJECT...\n", 2;
    aisle::engine engine;
    auto feed = engine.open_feed();
    asio::io_context context;
    asio::co_spawn(context, submit_all(feed, argv[1], {argv + 2, argv + argc}), asio::detached);
    asio::co_spawn(context, take_all(feed), asio::detached);
    context.run();
    return feed.finish() ? 0 : 1;
}
