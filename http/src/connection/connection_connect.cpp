// Connecting: the host's addresses, and the race between them.
#include <aisle/http/connect_race.hpp>
#include <aisle/http/connection.hpp>

#include <boost/asio/this_coro.hpp>

#include <deque>
#include <unistd.h>

namespace aisle::http {
namespace {

namespace asio = boost::asio;
using asio::ip::tcp;
using boost::system::error_code;

// The attempts of one race. May outlive the race, because a closed socket's operation completes later.
class attempts {
public:
    struct attempt {
        attempt(executor ex, asio::ip::address to) : socket(ex), where(std::move(to)) {}

        tcp_socket socket;
        asio::ip::address where;
        error_code failed;
        bool ended = false;
        bool counted = false;
    };

    static void start(std::shared_ptr<attempts> const& all, executor ex, asio::ip::address to, std::uint16_t port) {
        auto& one = all->list_.emplace_back(ex, std::move(to));
        one.socket.async_connect(tcp::endpoint(one.where, port), [all, &one](error_code ec) {
            one.ended = true;
            one.failed = ec;
            if (all->gate_) all->gate_->cancel();
        });
    }

    explicit attempts(timer& gate) : gate_(&gate) {}

    // Returns an attempt that ended since the last call; null if there is none.
    attempt* next_ended() {
        for (auto& one : list_) {
            if (!one.ended || one.counted) continue;
            one.counted = true;
            return &one;
        }
        return nullptr;
    }

    // A forked process may have copies of the sockets: only a shutdown closes connected ones for it too.
    void stop() noexcept {
        gate_ = nullptr;
        error_code ignored;
        for (auto& one : list_) {
            if (!one.socket.is_open()) continue;
            if (::getpid() == owner_) one.socket.shutdown(tcp_socket::shutdown_both, ignored);
            one.socket.close(ignored);
        }
    }

private:
    std::deque<attempt> list_;  // a deque, so that the attempts are not moved
    timer* gate_;               // cancelled when an attempt ends; null when the race is over
    pid_t const owner_ = ::getpid();
};

struct stop_at_end {
    std::shared_ptr<attempts> of;
    explicit stop_at_end(std::shared_ptr<attempts> a) noexcept : of(std::move(a)) {}
    stop_at_end(stop_at_end const&) = delete;
    stop_at_end& operator=(stop_at_end const&) = delete;
    ~stop_at_end() { of->stop(); }
};

}  // namespace

task<result<void>> connection::connect(url to, resolver& names, tls_context& tls, std::chrono::milliseconds limit) {
    peer_ = to.authority();
    owner_ = ::getpid();
    set_deadline(errc::connect_timeout, limit);
    error_code not_numeric;
    auto const numeric = asio::ip::make_address(to.host, not_numeric);
    result<void> connected;
    if (not_numeric) {
        auto connecting = connect_by_name(to.host, to.port, names);
        connected = co_await std::move(connecting);
    } else {
        std::vector<address> only{numeric};
        auto connecting = connect_any(std::move(only), to.port);
        if (auto const won = co_await std::move(connecting); !won) connected = won.error();
    }
    if (connected && to.secure) {
        auto shaking = shake_hands(tls, to.server_name());
        connected = co_await std::move(shaking);
    }
    if (!connected && !abandoned()) abandon(static_cast<errc>(connected.error().code.value()));
    clear_deadline();
    co_return connected;
}

task<result<void>> connection::connect_by_name(std::string host, std::uint16_t port, resolver& names) {
    std::vector<address> tried;
    error failure;
    for (;;) {
        if (stopped(co_await asio::this_coro::cancellation_state)) co_return lost({}, stage::connect, {});
        auto resolving = names.resolve(host, gate_);
        auto const found = co_await std::move(resolving);
        if (stopped(co_await asio::this_coro::cancellation_state)) co_return lost({}, stage::connect, {});
        if (!found) co_return found.error();
        auto& known = *found->host;
        if (known.list() == tried) co_return failure;
        tried = known.list();
        auto connecting = connect_any(interleaved(tried), port);
        auto const won = co_await std::move(connecting);
        if (won) {
            known.prefer(*won);
            co_return result<void>{};
        }
        failure = won.error();
        if (failure.code != errc::cancelled) known.forget();
        // The host's address may have changed since the name was resolved.
        if (abandoned() || !found->kept) co_return failure;
    }
}

// Returns the address that it is now connected to. Errors: connect_failed, and the caller must abandon the connection;
// or the error that it was abandoned with.
task<result<connection::address>> connection::connect_any(std::vector<address> found, std::uint16_t port) {
    auto const all = std::make_shared<attempts>(gate_);
    stop_at_end const stop(all);
    connect_race race(found.size());
    error_code last;
    for (;;) {
        if (stopped(co_await asio::this_coro::cancellation_state)) co_return lost({}, stage::connect, {});
        while (auto* const ended = all->next_ended()) {
            if (!ended->failed) {
                socket_ = std::move(ended->socket);
                error_code ignored;
                socket_.set_option(tcp::no_delay(true), ignored);
                co_return ended->where;
            }
            last = ended->failed;
            race.failed();
        }
        if (race.lost()) break;
        while (auto const next = race.start(std::chrono::steady_clock::now()))
            attempts::start(all, gate_.get_executor(), found[*next], port);
        gate_.expires_at(race.next_start());
        co_await gate_.async_wait(use_task_tuple);
    }
    co_return error{errc::connect_failed, stage::connect,
                    peer_ + ": " + last.message() +
                        (found.size() > 1 ? " (the last of " + std::to_string(found.size()) + " addresses)" : "")};
}

}  // namespace aisle::http
