// Asio completion tokens, and cancellation.
#include "../cluster_fixture.hpp"

#include <aisle/async.hpp>

#include <boost/asio/bind_allocator.hpp>
#include <boost/asio/bind_cancellation_slot.hpp>
#include <boost/asio/bind_executor.hpp>
#include <boost/asio/cancellation_signal.hpp>
#include <boost/asio/co_spawn.hpp>
#include <boost/asio/detached.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/steady_timer.hpp>
#include <boost/asio/strand.hpp>
#include <boost/asio/thread_pool.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <boost/asio/use_future.hpp>
#include <catch2/catch.hpp>

#include <atomic>
#include <future>
#include <memory_resource>

using namespace aisle;
using namespace aisle::test;
namespace asio = boost::asio;

TEST_CASE("a coroutine awaits a stream") {
    cluster c(1'000, 5'000);
    engine e(c.for_engine());
    asio::io_context io;
    std::atomic<std::uint64_t> right{0};
    summary total;
    auto run = [&]() -> asio::awaitable<void> {
        auto stream =
            async_stream(e, made_up_batches(10, 100), {}, [&](sample s) { right += is_right(s); }, asio::use_awaitable);
        total = co_await std::move(stream);
    };
    asio::co_spawn(io, run, asio::detached);
    io.run();
    CHECK(right == 1'000);
    CHECK(total.delivered == 1'000);
}

TEST_CASE("a future waits for a stream") {
    cluster c(100, 500);
    engine e(c.for_engine());
    auto future = async_stream(e, made_up(0, 100), {}, [](sample) {}, asio::use_future);
    CHECK(future.get().delivered == 100);
}

TEST_CASE("a handler runs on its own executor, once, and can be cancelled") {
    cluster c(100, 10'240);
    c.spoil("stall@50000");
    engine e(c.for_engine());
    asio::io_context io;
    asio::cancellation_signal stop;
    int called = 0;
    boost::system::error_code code;
    async_stream(
        e, made_up(0, 100), once_each(), [](sample) {},
        asio::bind_cancellation_slot(stop.slot(), asio::bind_executor(io, [&](boost::system::error_code ec, summary s) {
                                         ++called;
                                         code = ec;
                                         CHECK(s.fault);
                                     })));
    asio::steady_timer timer(io, std::chrono::milliseconds(50));
    timer.async_wait([&](boost::system::error_code) { stop.emit(asio::cancellation_type::terminal); });
    io.run();
    CHECK(called == 1);
    CHECK(code == errc::cancelled);
}

namespace {

// Counts allocated and freed memory.
class counting_memory : public std::pmr::memory_resource {
public:
    std::atomic<int> given{0};
    std::atomic<int> out{0};

private:
    void* do_allocate(std::size_t bytes, std::size_t alignment) override {
        ++given;
        ++out;
        return std::pmr::new_delete_resource()->allocate(bytes, alignment);
    }
    void do_deallocate(void* p, std::size_t bytes, std::size_t alignment) override {
        --out;
        std::pmr::new_delete_resource()->deallocate(p, bytes, alignment);
    }
    bool do_is_equal(memory_resource const& other) const noexcept override { return this == &other; }
};

}  // namespace

TEST_CASE("a handler's associated executor and allocator are used, however the stream ends") {
    cluster c(100, 500);
    engine e(c.for_engine());
    stream_options bad;
    bad.retry.attempts = 0;
    for (auto const& how : {stream_options{}, bad}) {
        asio::thread_pool pool(1);
        auto strand = asio::make_strand(pool);
        counting_memory memory;
        std::promise<void> called;
        async_stream(
            e, made_up(0, 100), how, [](sample) {},
            asio::bind_allocator(std::pmr::polymorphic_allocator<std::byte>(&memory),
                                 asio::bind_executor(strand, [&](boost::system::error_code ec, summary s) {
                                     CHECK(strand.running_in_this_thread());
                                     CHECK(memory.out == 0);
                                     CHECK(bool(ec) == bool(s.fault));
                                     called.set_value();
                                 })));
        called.get_future().get();
        CHECK(memory.given > 0);
        pool.join();
    }
}
