// When the engine calls and destroys the user's code: not after a destructor, and not after cancel() and finish(); a
// callback may end its own stream or engine.
#include "../cluster_fixture.hpp"

#include <aisle/async.hpp>

#include <boost/asio/bind_cancellation_slot.hpp>
#include <boost/asio/bind_executor.hpp>
#include <boost/asio/cancellation_signal.hpp>
#include <boost/asio/io_context.hpp>
#include <catch2/catch.hpp>

#include <atomic>
#include <chrono>
#include <future>
#include <memory>
#include <mutex>
#include <optional>
#include <semaphore>
#include <support/soon.hpp>
#include <thread>

using namespace aisle;
using namespace aisle::test;
using namespace std::chrono_literals;

namespace {

// Shared by the user's callbacks: counts calls after the expected end.
struct watched {
    std::atomic<bool> over{false};
    std::atomic<int> late{0};
    std::atomic<int> calls{0};
    std::atomic<int> alive{0};  // callbacks that are not destroyed yet

    void called() {
        ++calls;
        late += over;
    }
};

// Captured by a callback: its destructor is the user's code too.
class captured {
public:
    explicit captured(watched& w) : watched_(&w) { ++w.alive; }
    captured(captured const& other) : watched_(other.watched_) { ++watched_->alive; }
    captured& operator=(captured const&) = delete;
    ~captured() {
        watched_->late += watched_->over;
        --watched_->alive;
    }

private:
    watched* watched_;
};

stream_options watching(watched& w, unsigned in_flight = 16) {
    stream_options how;
    how.in_flight = in_flight;
    how.on_batch_end = [&w, c = captured(w)](batch_report const&) { w.called(); };
    return how;
}

batch_source endless(watched& w) {
    return [&w, c = captured(w), next = std::uint64_t{0}]() mutable -> std::optional<batch> {
        w.called();
        return made_up(next++ % 50 * 20, 20);
    };
}

playground::server_options with_tail(std::chrono::milliseconds delay) {
    playground::server_options out;
    out.tail_delay = delay;
    return out;
}

// A callback that takes time, from when another thread has seen that it is running.
struct slow_call {
    std::atomic<bool> inside{false};
    std::atomic<bool> seen{false};
    void operator()() {
        inside = true;
        while (!seen) std::this_thread::yield();
        std::this_thread::sleep_for(30ms);
        inside = false;
    }
};

}  // namespace

TEST_CASE("the user's code is not called after a stream is destroyed") {
    cluster c(1'000, 4'000);
    engine e(c.for_engine());
    for (auto wait : {0us, 300us, 1'000us, 3'000us, 10'000us, 30'000us}) {
        watched w;
        {
            auto stream = e.open(endless(w), watching(w));
            for (int i = 0; i < 5; ++i) REQUIRE(stream.next());
            std::this_thread::sleep_for(wait);
        }
        w.over = true;
        CHECK(w.alive == 0);
        std::this_thread::sleep_for(30ms);
        CHECK(w.late == 0);
    }
}

TEST_CASE("the user's code is not called after a cancelled stream has finished") {
    cluster c(1'000, 4'000);
    engine e(c.for_engine());
    for (auto wait : {0us, 500us, 5'000us}) {
        watched w;
        auto stream = e.open(endless(w), watching(w));
        REQUIRE(stream.next());
        std::this_thread::sleep_for(wait);
        stream.cancel();
        auto const outcome = stream.finish();
        w.over = true;
        CHECK(outcome.has_error());
        CHECK(w.alive == 0);
        std::this_thread::sleep_for(20ms);
        CHECK(w.late == 0);
    }
}

TEST_CASE("the user's code is not called after engine.stream() has thrown") {
    cluster c(1'000, 4'000, with_tail(20ms));
    engine e(c.for_engine());
    watched w;
    CHECK_THROWS_AS(e.stream(endless(w), watching(w),
                             [n = 0](sample) mutable {
                                 if (++n == 30) throw 42;
                             }),
                    int);
    w.over = true;
    CHECK(w.alive == 0);
    std::this_thread::sleep_for(60ms);
    CHECK(w.late == 0);
}

TEST_CASE("the user's code is not called after an engine is destroyed, and done was called before") {
    cluster c(1'000, 4'000, with_tail(20ms));
    for (auto wait : {0us, 300us, 3'000us, 30'000us}) {
        watched w;
        std::atomic<int> done{0};
        std::optional<sample_stream> pulled;
        {
            engine e(c.for_engine());
            e.start(
                endless(w), watching(w), [&w, x = captured(w)](sample) { w.called(); },
                [&w, &done, x = captured(w)](result<summary>) {
                    w.called();
                    ++done;
                });
            pulled.emplace(e.open(endless(w), watching(w)));
            std::this_thread::sleep_for(wait);
        }
        w.over = true;
        CHECK(done == 1);
        CHECK(w.alive == 0);
        CHECK(pulled->finish().has_error());
        std::this_thread::sleep_for(10ms);
        CHECK(w.late == 0);
    }
}

TEST_CASE("the callbacks of an ended stream are destroyed before done is called") {
    cluster c(200, 2'000);
    engine e(c.for_engine());
    watched w;
    std::promise<int> alive;
    auto how = watching(w);
    e.start([c = captured(w), n = 0]() mutable { return n++ < 4 ? std::optional(made_up(0, 50)) : std::nullopt; },
            std::move(how), [c = captured(w)](sample) {}, [&](result<summary>) { alive.set_value(w.alive); });
    CHECK(alive.get_future().get() == 0);
}

TEST_CASE("a destructor waits for a callback that runs on another thread") {
    cluster c(1'000, 2'000);
    for (bool of_engine : {false, true}) {
        auto e = std::make_unique<engine>(c.for_engine());
        slow_call slow;
        stream_options how;
        how.in_flight = 4;
        how.on_batch_end = [&](batch_report const&) { slow(); };
        auto stream = std::make_unique<sample_stream>(e->open(made_up_batches(8, 20), how));
        while (!slow.inside) std::this_thread::yield();
        slow.seen = true;
        if (of_engine)
            e.reset();
        else
            stream.reset();
        CHECK(!slow.inside);
    }
}

TEST_CASE("on_batch_end is called for one batch at a time, without a lock of the engine") {
    cluster c(1'000, 2'000);
    auto o = c.for_engine();
    o.shards = 4;
    engine e(o);
    std::atomic<int> inside{0}, most{0}, calls{0};
    std::optional<sample_stream> stream;
    stream_options how;
    how.in_flight = 16;
    how.on_batch_end = [&](batch_report const&) {
        if (++inside > 1) most = inside.load();
        ++calls;
        e.stats();
        // Another thread can use the engine meanwhile.
        std::async(std::launch::async, [&] { e.stats(); }).get();
        --inside;
    };
    auto const total = e.stream(made_up_batches(40, 20), how, [](sample) {});
    REQUIRE(total.has_value());
    CHECK(calls == 40);
    CHECK(most == 0);
}

TEST_CASE("a callback may destroy or cancel its own stream") {
    cluster c(1'000, 2'000);
    enum class way { destroy, cancel, cancel_and_finish, finish };
    for (auto how_to_end : {way::destroy, way::cancel, way::cancel_and_finish, way::finish}) {
        for (bool from_source : {false, true}) {
            engine e(c.for_engine());
            watched w;
            std::optional<sample_stream> stream;
            std::mutex placing;  // until the stream is where the callback expects it
            std::atomic<int> calls{0};
            std::binary_semaphore ended(0);
            auto end = [&, c = captured(w)] {
                if (++calls != 3) return;
                std::unique_lock const placed(placing);
                switch (how_to_end) {
                    case way::destroy: stream.reset(); break;
                    case way::cancel: stream->cancel(); break;
                    case way::cancel_and_finish:
                        stream->cancel();
                        CHECK(stream->finish().has_error());
                        break;
                    case way::finish: CHECK(stream->finish().error().code == errc::invalid_argument); break;
                }
                ended.release();
            };
            stream_options how;
            how.in_flight = 2;
            if (!from_source) how.on_batch_end = [end](batch_report const&) { end(); };
            auto source = [=, n = 0]() mutable -> std::optional<batch> {
                if (from_source && n > 2) end();
                if (n++ == 100) return {};
                return made_up(0, 10);
            };
            int const before = w.alive;
            {
                std::unique_lock const place(placing);
                stream.emplace(e.open(std::move(source), how));
            }
            REQUIRE(ended.try_acquire_for(60s));
            if (stream) stream->cancel();
            if (stream) stream->finish();
            stream.reset();
            // The callback itself is destroyed as soon as it has returned.
            CHECK(soon([&] { return w.alive == before; }));
        }
    }
}

TEST_CASE("two callbacks on two threads may end their stream at the same time") {
    cluster c(1'000, 2'000);
    auto o = c.for_engine();
    o.shards = 4;
    for (int round = 0; round < 20; ++round) {
        auto e = std::make_unique<engine>(o);
        std::optional<sample_stream> stream;
        std::atomic<int> ready{0};
        std::atomic<bool> placed{false};
        std::binary_semaphore both(0);
        auto meet = [&] {
            while (!placed) std::this_thread::yield();
            ++ready;
            for (auto const began = std::chrono::steady_clock::now();
                 ready < 2 && std::chrono::steady_clock::now() - began < 50ms;)
                std::this_thread::yield();
        };
        std::atomic<bool> source_ended{false}, report_ended{false};
        stream_options how;
        how.in_flight = 8;
        how.on_batch_end = [&](batch_report const&) {
            if (report_ended.exchange(true)) return;
            meet();
            e.reset();
            both.release();
        };
        auto source = [&, n = 0]() mutable -> std::optional<batch> {
            // Not before the other: a stream that was destroyed calls no on_batch_end.
            if (++n > 12 && report_ended && !source_ended.exchange(true)) {
                meet();
                stream.reset();
            }
            return made_up(0, 10);
        };
        stream.emplace(e->open(source, how));
        placed = true;
        REQUIRE(both.try_acquire_for(60s));
        stream.reset();
    }
}

// ---- the engine's own threads

namespace {

// The usual shared_from_this idiom: running work keeps its owner alive, and the engine too.
struct owner : std::enable_shared_from_this<owner> {
    explicit owner(engine_options o) : on(std::make_unique<engine>(std::move(o))) {}
    ~owner() {
        on.reset();
        gone->release();
    }
    std::unique_ptr<engine> on;
    std::shared_ptr<std::binary_semaphore> gone = std::make_shared<std::binary_semaphore>(0);
};

}  // namespace

TEST_CASE("an engine's own callback may drop the last reference to it") {
    cluster c(1'000, 2'000, with_tail(5ms));
    enum class place { sink, done, batch_end, captured };
    for (unsigned shards : {1u, 3u})
        for (auto where : {place::sink, place::done, place::batch_end, place::captured}) {
            auto o = c.for_engine();
            o.shards = shards;
            auto self = std::make_shared<owner>(o);
            auto const gone = self->gone;
            auto& on = *self->on;
            std::promise<void> may_go;
            auto go = may_go.get_future().share();
            std::atomic<int> done{0}, sunk{0};
            auto held = std::make_shared<std::shared_ptr<owner>>(self);
            stream_options how;
            how.in_flight = 8;
            how.on_batch_end = [=](batch_report const&) {
                if (where != place::batch_end) return;
                go.wait();
                held->reset();
            };
            auto sink = [=, &sunk](sample) {
                ++sunk;
                if (where != place::sink) return;
                go.wait();
                held->reset();
            };
            auto on_done = [=, &done](result<summary>) {
                ++done;
                if (where != place::done) return;
                go.wait();
                held->reset();
            };
            held.reset();
            on.start(made_up_batches(10, 20), std::move(how), std::move(sink), std::move(on_done));
            self.reset();
            may_go.set_value();
            REQUIRE(gone->try_acquire_for(60s));
            if (where == place::sink) CHECK(sunk == 1);
            CHECK(soon([&] { return done == 1; }));
        }
}

// ---- async

TEST_CASE("a handler of the async form is called after the engine has destroyed source and sink") {
    cluster c(400, 2'000);
    engine e(c.for_engine());
    for (bool cancelled : {false, true}) {
        watched w;
        boost::asio::io_context io;
        boost::asio::cancellation_signal stop;
        int alive = -1;
        std::atomic<int> sunk{0};
        async_stream(
            e, endless(w), watching(w),
            [&, x = captured(w)](sample) {
                if (++sunk == 50 && !cancelled) throw 42;
            },
            boost::asio::bind_cancellation_slot(
                stop.slot(), boost::asio::bind_executor(io, [&](boost::system::error_code ec, summary s) {
                    w.over = true;
                    alive = w.alive;
                    CHECK(ec == make_error_code(cancelled ? errc::cancelled : errc::callback_failed));
                    REQUIRE(s.fault);
                    CHECK(bool(s.fault->thrown) == !cancelled);
                })));
        if (cancelled) stop.emit(boost::asio::cancellation_type::terminal);
        io.run();
        CHECK(alive == 0);
        CHECK(w.late == 0);
    }
}
