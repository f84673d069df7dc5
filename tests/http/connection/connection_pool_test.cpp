#include "../client/client_harness.hpp"

#include <aisle/http/connection_pool.hpp>

#include <atomic>
#include <sys/resource.h>
#include <thread>
#include <unistd.h>

using namespace aisle;
using namespace aisle::http;
using namespace aisle::http::test;
using namespace std::chrono_literals;

namespace {

struct pool_harness : client_harness {
    connection_pool pool;
    tls_context tls{{}};
    resolver names{ex()};

    explicit pool_harness(connection_pool::limits l = {})
        : pool(ex(), l, std::make_shared<limit_clock>(ex(), 10ms), std::make_shared<limit_clock>(ex(), 1ms)) {}

    task<connection_pool::lease> connected(std::string url_text) {
        auto const to = parse_url(url_text).value();
        auto acquiring = pool.acquire(recycled_string(to.origin()));
        auto lease = co_await std::move(acquiring);
        REQUIRE(lease);
        lease->renew();
        auto connecting = (*lease)->connect(to, names, tls, 30s);
        auto const connecting_done = co_await std::move(connecting);
        REQUIRE(connecting_done);
        co_return std::move(*lease);
    }
};

recycled_string origin(scripted_server const& s) {
    return recycled_string(parse_url(s.url()).value().origin());
}

}  // namespace

TEST_CASE("the connection kept last is reused first") {
    scripted_server server([](peer& p) { p.wait_for_close(); });
    pool_harness h({8, 60s});
    h.start([&]() -> task<void> {
        auto opening = h.connected(server.url());
        auto older = co_await std::move(opening);
        opening = h.connected(server.url());
        auto younger = co_await std::move(opening);
        auto const* const youngest = younger.operator->();
        older.keep();
        younger.keep();
        CHECK(!younger);
        CHECK(h.pool.idle() == 2);
        CHECK(h.pool.leased() == 0);

        auto acquiring = h.pool.acquire(origin(server));
        auto lease = co_await std::move(acquiring);
        REQUIRE(lease);
        REQUIRE(lease->reuse());
        CHECK(lease->operator->() == youngest);
        CHECK(h.pool.idle() == 1);
        CHECK(h.pool.leased() == 1);
        lease->keep();
    });
    h.run();
    CHECK(h.pool.leased() == 0);
}

TEST_CASE("a connection that was kept for too long is not reused") {
    scripted_server server([](peer& p) { p.wait_for_close(); });
    pool_harness h({8, 100ms, 60s});
    h.start([&]() -> task<void> {
        auto opening = h.connected(server.url());
        auto lease = co_await std::move(opening);
        lease.keep();
        timer rest(h.ex(), 200ms);
        co_await rest.async_wait(use_task);
        auto acquiring = h.pool.acquire(origin(server));
        auto later = co_await std::move(acquiring);
        CHECK(!later->reuse());
        CHECK(h.pool.idle() == 0);
    });
    h.run();
    CHECK(h.pool.leased() == 0);
}

TEST_CASE("a host is known by name and port") {
    scripted_server one([](peer& p) { p.wait_for_close(); });
    scripted_server other([](peer& p) { p.wait_for_close(); });
    pool_harness h;
    h.start([&]() -> task<void> {
        auto opening = h.connected(one.url());
        auto lease = co_await std::move(opening);
        lease.keep();
        auto acquiring = h.pool.acquire(origin(other));
        auto elsewhere = co_await std::move(acquiring);
        CHECK(!elsewhere->reuse());
        CHECK(h.pool.idle() == 1);
    });
    h.run();
}

TEST_CASE("a connection that has ended or has unexpected data is not reused") {
    scripted_server server([](peer& p) {
        if (p.number() == 0) p.finish();
        if (p.number() == 1) p.send("junk");
        p.wait_for_close();
    });
    pool_harness h;
    h.start([&]() -> task<void> {
        for (int i = 0; i < 2; ++i) {
            auto opening = h.connected(server.url());
            auto lease = co_await std::move(opening);
            auto waiting = lease->wait_readable();
            auto const waiting_done = co_await std::move(waiting);
            REQUIRE(waiting_done);
            lease.keep();
        }
        auto acquiring = h.pool.acquire(origin(server));
        auto lease = co_await std::move(acquiring);
        CHECK(!lease->reuse());
        CHECK(h.pool.idle() == 0);
    });
    h.run();
}

TEST_CASE("idle connections that the server closes are closed, and hosts without connections are forgotten") {
    std::atomic<bool> ended{false};
    std::atomic<int> closed{0};
    scripted_server server([&](peer& p) {
        if (p.number() > 0) {
            while (!ended) std::this_thread::sleep_for(1ms);
            p.finish();
        }
        p.wait_for_close();
        ++closed;
    });
    pool_harness h({8, 60s, 20ms});
    h.start([&]() -> task<void> {
        std::vector<connection_pool::lease> leases;
        for (int i = 0; i < 3; ++i) {
            auto opening = h.connected(server.url());
            leases.push_back(co_await std::move(opening));
        }
        for (auto& lease : leases) lease.keep();
        CHECK(h.pool.idle() == 3);
        CHECK(h.pool.hosts() == 1);
        ended = true;
        timer rest(h.ex());
        while (closed < 2 || h.pool.idle() > 1) {  // the host is not used meanwhile
            rest.expires_after(5ms);
            co_await rest.async_wait(use_task);
        }
        CHECK(h.pool.idle() == 1);

        auto acquiring = h.pool.acquire(origin(server));
        auto still_good = co_await std::move(acquiring);
        REQUIRE(still_good);
        CHECK(still_good->reuse());
        acquiring = h.pool.acquire("elsewhere:1");
        auto elsewhere = co_await std::move(acquiring);
        CHECK(h.pool.hosts() == 2);
        *still_good = {};
        *elsewhere = {};
        while (h.pool.hosts() > 0) {
            rest.expires_after(5ms);
            co_await rest.async_wait(use_task);
        }
    });
    h.run();
    CHECK(h.pool.leased() == 0);
}

TEST_CASE("idle connections that are too old are closed while their host is not used") {
    scripted_server server([](peer& p) { p.wait_for_close(); });
    pool_harness h({8, 50ms, 20ms});
    h.start([&]() -> task<void> {
        auto opening = h.connected(server.url());
        auto lease = co_await std::move(opening);
        lease.keep();
        timer rest(h.ex());
        while (h.pool.hosts() > 0) {
            rest.expires_after(5ms);
            co_await rest.async_wait(use_task);
        }
        CHECK(h.pool.idle() == 0);
    });
    h.run();
}

TEST_CASE("waiters for a lease get it in FIFO order, each only once") {
    pool_harness h({2, 25s});
    std::vector<int> order;
    int now = 0;
    for (int i = 0; i < 10; ++i)
        h.start([&, i]() -> task<void> {
            auto acquiring = h.pool.acquire("host:1");
            auto lease = co_await std::move(acquiring);
            REQUIRE(lease);
            order.push_back(i);
            CHECK(++now <= 2);
            CHECK(h.pool.leased() <= 2);
            timer rest(h.ex(), 2ms);
            co_await rest.async_wait(use_task);
            --now;
        });
    h.run();
    CHECK(order == std::vector<int>{0, 1, 2, 3, 4, 5, 6, 7, 8, 9});
    CHECK(h.pool.leased() == 0);
}

TEST_CASE("closing a pool ends every wait and the use of every connection") {
    scripted_server server([](peer& p) { p.wait_for_close(); });
    pool_harness h({1, 25s});
    int cancelled = 0;
    bool connected = false;
    h.start([&]() -> task<void> {
        auto opening = h.connected(server.url());
        auto lease = co_await std::move(opening);
        connected = true;
        auto waiting = lease->wait_readable();
        auto const read = co_await std::move(waiting);
        REQUIRE(!read);
        CHECK(read.error().code == errc::cancelled);
        CHECK(lease->abandoned());
        lease.keep();
        CHECK(h.pool.idle() == 0);
    });
    for (int i = 0; i < 3; ++i)
        h.start([&]() -> task<void> {
            auto acquiring = h.pool.acquire(origin(server));
            auto const lease = co_await std::move(acquiring);
            cancelled += !lease && lease.error().code == errc::cancelled;
        });
    h.start([&]() -> task<void> {
        timer rest(h.ex());
        do {
            rest.expires_after(5ms);
            co_await rest.async_wait(use_task);
        } while (!connected);
        h.pool.close();
        auto acquiring = h.pool.acquire(origin(server));
        auto const lease = co_await std::move(acquiring);
        CHECK(!lease);
    });
    h.run();
    CHECK(cancelled == 3);
    CHECK(h.pool.leased() == 0);
}

namespace {

/// Limits the process to this number of descriptors beyond the open ones.
struct few_descriptors {
    explicit few_descriptors(rlim_t more) {
        ::getrlimit(RLIMIT_NOFILE, &before);
        int const lowest_free = ::dup(0);
        ::close(lowest_free);
        rlimit now = before;
        now.rlim_cur = static_cast<rlim_t>(lowest_free) + more;
        ::setrlimit(RLIMIT_NOFILE, &now);
    }
    ~few_descriptors() { ::setrlimit(RLIMIT_NOFILE, &before); }
    few_descriptors(few_descriptors const&) = delete;
    few_descriptors& operator=(few_descriptors const&) = delete;
    rlimit before{};
};

}  // namespace

TEST_CASE("if descriptors are short, idle connections are closed for another one") {
    scripted_server server([](peer& p) { p.wait_for_close(); });
    scripted_server other([](peer& p) { p.wait_for_close(); });
    pool_harness h;
    h.start([&]() -> task<void> {
        auto opening = h.connected(server.url());
        auto one = co_await std::move(opening);
        opening = h.connected(server.url());
        auto two = co_await std::move(opening);
        CHECK(h.pool.make_room());
        one.keep();
        two.keep();
        CHECK(h.pool.idle() == 2);
        {
            few_descriptors const limit(0);
            auto acquiring = h.pool.acquire(origin(other));
            auto const lease = co_await std::move(acquiring);
            CHECK(h.pool.make_room());  // the only one in use
            CHECK(h.pool.idle() < 2);
        }
        h.pool.close();
    });
    h.run();
}

TEST_CASE("if descriptors are short and no connection is idle, there is no space") {
    scripted_server server([](peer& p) { p.wait_for_close(); });
    pool_harness h;
    h.start([&]() -> task<void> {
        auto opening = h.connected(server.url());
        auto in_use = co_await std::move(opening);
        auto acquiring = h.pool.acquire(origin(server));
        auto const another = co_await std::move(acquiring);
        {
            few_descriptors const limit(2);  // others may need these
            CHECK_FALSE(h.pool.make_room());
        }
        CHECK(h.pool.make_room());
        h.pool.close();
    });
    h.run();
}
