// The headers that are compiled with the program's own Asio, against the shared library: what they call must be visible
// in it. Usage: fetch_async BUCKET OBJECT...
#include <aisle/async.hpp>
#include <aisle/async_bucket.hpp>
#include <aisle/verdict.hpp>

#include <boost/asio/awaitable.hpp>
#include <boost/asio/co_spawn.hpp>
#include <boost/asio/detached.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/use_awaitable.hpp>

#include <iostream>
#include <string>
#include <vector>

namespace asio = boost::asio;

namespace {

using names = std::vector<std::string>;

// Each object by itself, whole, and its description.
asio::awaitable<std::size_t> by_objects(aisle::bucket from, names const& objects) {
    std::size_t bytes = 0;
    // Options have names, because g++ 12 destroys temporary ones twice in an expression with co_await.
    aisle::operation_options const for_head;
    aisle::get_options const for_get;
    for (auto const& name : objects) {
        auto head = co_await aisle::async_head(from, name, for_head, asio::use_awaitable);
        auto data = co_await aisle::async_get(from, name, for_get, asio::use_awaitable);
        if (head.value().size == data.value().size()) bytes += data.value().size();
    }
    auto listing = from.list();
    auto page = co_await aisle::async_next_page(listing, asio::use_awaitable);
    if (page.value().size() < objects.size()) co_return 0;
    co_return bytes;
}

// Through a feed, in blocks.
asio::awaitable<std::size_t> by_feed(aisle::engine& engine, std::string bucket, names const& objects) {
    auto feed = engine.open_feed();
    for (auto const& name : objects) {
        aisle::entry e;
        e.bucket = bucket;
        e.object = name;
        co_await feed.async_submit(std::move(e), asio::use_awaitable);
    }
    feed.end_input();
    std::size_t bytes = 0;
    for (;;) {
        auto block = co_await feed.async_next_block(asio::use_awaitable);
        if (!block) break;
        for (aisle::sample_view s : *block) bytes += s.keep().size();
    }
    co_return bytes;
}

// By an engine on the program's own context.
asio::awaitable<std::size_t> by_own_loop(std::string bucket, names const& objects) {
    auto const executor = co_await asio::this_coro::executor;
    aisle::engine_on engine(executor);
    aisle::batch batch(bucket);
    for (auto const& name : objects) batch.add(name);
    auto take = [](aisle::sample) {};
    aisle::stream_options const options;
    auto stream = aisle::async_stream(engine, batch, options, take, asio::use_awaitable);
    auto const total = co_await std::move(stream);
    co_return total.bytes;
}

bool refuses_bad_endpoint() {
    aisle::engine_options options;
    options.endpoint = "no endpoint";
    try {
        aisle::engine engine(options);
    } catch (aisle::exception const& e) {
        return e.why().code == aisle::errc::invalid_endpoint;
    }
    return false;
}

asio::awaitable<void> run(aisle::engine& engine, std::string bucket, names objects, bool& good) {
    auto const from = engine.bucket(bucket);
    auto const first = co_await by_objects(from, objects);
    auto const second = co_await by_feed(engine, bucket, objects);
    auto const third = co_await by_own_loop(bucket, objects);
    std::cout << first << ' ' << second << ' ' << third << " bytes\n";
    good = first > 0 && first == second && second == third;
}

}  // namespace

int main(int argc, char** argv) {
    if (argc < 3) return std::cerr << "usage: " << argv[0] << " BUCKET OBJECT...\n", 2;
    aisle::engine engine;
    bool good = false;
    asio::io_context context;
    asio::co_spawn(context, run(engine, argv[1], names(argv + 2, argv + argc), good), asio::detached);
    context.run();
    std::cout << to_string(aisle::judge(engine.stats()).by) << '\n';
    return good && refuses_bad_endpoint() ? 0 : 1;
}
