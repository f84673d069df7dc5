#include "relay.hpp"

#include "relay_connection.hpp"

#include <aisle/error.hpp>

#include <boost/asio/as_tuple.hpp>
#include <boost/asio/co_spawn.hpp>
#include <boost/asio/detached.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/post.hpp>
#include <boost/asio/use_awaitable.hpp>

#include <algorithm>
#include <list>
#include <mutex>
#include <numeric>
#include <thread>

namespace aisle::faults {
namespace {

namespace asio = boost::asio;
using asio::awaitable;
using asio::ip::tcp;

constexpr auto token = asio::as_tuple(asio::use_awaitable);
constexpr std::chrono::milliseconds accept_again{50};
constexpr std::string_view scheme = "http://";

// Keeps a connection on the list of open ones.
struct on_list {
    on_list(std::list<relay_connection*>& l, counters& c, relay_connection* one)
        : list(l), counts(c), place(l.insert(l.end(), one)) {
        ++counts.open;
    }
    ~on_list() {
        list.erase(place);
        --counts.open;
    }
    on_list(on_list const&) = delete;
    on_list& operator=(on_list const&) = delete;
    std::list<relay_connection*>& list;
    counters& counts;
    std::list<relay_connection*>::iterator place;
};

}  // namespace

std::uint64_t relay_stats::all_faults() const noexcept {
    return std::accumulate(faults.begin(), faults.end(), accept_resets);
}

std::string relay_stats::json() const {
    auto text = "{\"connections\":" + std::to_string(connections) + ",\"open\":" + std::to_string(open) +
                ",\"requests\":" + std::to_string(requests) + ",\"answers\":" + std::to_string(answers) +
                ",\"bytes\":" + std::to_string(bytes) +
                ",\"faults\":{\"accept-reset\":" + std::to_string(accept_resets);
    for (std::size_t i = 1; i < faults.size(); ++i)
        text += ",\"" + std::string(to_string(static_cast<fault_kind>(i))) + "\":" + std::to_string(faults[i]);
    return text + "}}";
}

class relay::impl : public switchboard {
public:
    explicit impl(relay_options options) : options_(std::move(options)), plan_(std::make_shared<plan>()) {
        for (auto const& upstream : options_.upstreams) {
            auto const plain = upstream.starts_with(scheme);
            auto const authority = std::string_view(upstream).substr(plain ? scheme.size() : 0);
            if (!plain || add(authority.substr(0, authority.find('/'))) == nullptr)
                throw exception(error{errc::invalid_argument, stage::usage, "not a usable upstream: " + upstream});
        }
        thread_ = std::thread([this] { io_.run(); });
    }

    ~impl() override {
        io_.stop();
        thread_.join();
    }

    std::string stand_in(std::string_view authority) override {
        auto const* const known = add(authority);
        return known == nullptr ? std::string(authority) : place_of(*known);
    }

    std::shared_ptr<plan const> current_plan() const override {
        std::lock_guard const lock(mutex_);
        return plan_;
    }

    void set_plan(plan what) {
        auto fresh = std::make_shared<plan const>(std::move(what));
        std::lock_guard const lock(mutex_);
        plan_ = std::move(fresh);
    }

    void reset_connections() {
        asio::post(io_, [this] {
            for (auto* const one : open_) one->abandon();
        });
    }

    std::string endpoint(std::size_t upstream) const {
        std::lock_guard const lock(mutex_);
        return std::string(scheme) + place_of(*std::next(nodes_.begin(), static_cast<std::ptrdiff_t>(upstream)));
    }

    std::vector<std::string> nodes() const {
        std::lock_guard const lock(mutex_);
        std::vector<std::string> out;
        for (auto const& n : nodes_) out.push_back(n.authority);
        return out;
    }

private:
    std::string place_of(node const& n) const {
        auto const host = options_.host.empty() ? n.authority.substr(0, n.authority.rfind(':')) : options_.host;
        return host + ":" + std::to_string(n.port);
    }

    // The node of that address, with a listening port from now on; null if it has no address. On the relay's thread, or
    // before it runs.
    node const* add(std::string_view authority) {
        for (auto const& n : nodes_) {
            if (n.authority == authority) return &n;
        }
        auto const colon = authority.rfind(':');
        if (colon == std::string_view::npos) return nullptr;
        boost::system::error_code ec;
        auto const found = tcp::resolver(io_).resolve(std::string(authority.substr(0, colon)),
                                                      std::string(authority.substr(colon + 1)), ec);
        if (ec) return nullptr;
        node fresh{static_cast<unsigned>(nodes_.size()), std::string(authority), found.begin()->endpoint(), 0};
        auto const address =
            options_.host.empty() ? fresh.upstream.address() : asio::ip::make_address(options_.host, ec);
        tcp::acceptor acceptor(io_);
        if (!ec) acceptor.open(address.is_v6() ? tcp::v6() : tcp::v4(), ec);
        if (!ec) acceptor.set_option(tcp::acceptor::reuse_address(true), ec);
        if (!ec) acceptor.bind({address, nodes_.empty() ? options_.port : std::uint16_t{0}}, ec);
        if (!ec) acceptor.listen(asio::socket_base::max_listen_connections, ec);
        if (ec) throw exception(error{ec, stage::connect, "the relay cannot listen"});
        fresh.port = acceptor.local_endpoint().port();
        acceptors_.push_back(std::move(acceptor));
        std::lock_guard const lock(mutex_);
        nodes_.push_back(std::move(fresh));
        asio::co_spawn(io_, accept(&acceptors_.back(), &nodes_.back()), asio::detached);
        return &nodes_.back();
    }

    awaitable<void> accept(tcp::acceptor* from, node const* at) {
        for (;;) {
            auto [ec, socket] = co_await from->async_accept(token);
            if (ec == asio::error::operation_aborted) co_return;
            if (ec) {
                // Probably out of descriptors: wait for connections to end.
                asio::steady_timer timer(io_, accept_again);
                co_await timer.async_wait(token);
                continue;
            }
            auto one = std::make_shared<relay_connection>(std::move(socket), *at, *this, counts.connections++);
            asio::co_spawn(io_, serve(std::move(one)), asio::detached);
        }
    }

    awaitable<void> serve(std::shared_ptr<relay_connection> one) {
        on_list const listed(open_, counts, one.get());
        co_await one->run();
    }

    relay_options options_;
    mutable std::mutex mutex_;
    std::shared_ptr<plan const> plan_;
    std::list<node> nodes_;  // a list, so that they are not moved
    std::list<relay_connection*> open_;
    // Destroyed before the objects that its coroutines refer to, and after those that depend on it.
    asio::io_context io_{1};
    std::list<tcp::acceptor> acceptors_;
    std::thread thread_;
};

relay::relay(relay_options options) : impl_(std::make_unique<impl>(std::move(options))) {}

relay::~relay() = default;

std::string relay::endpoint(std::size_t upstream) const {
    return impl_->endpoint(upstream);
}

void relay::set_plan(plan what) {
    impl_->set_plan(std::move(what));
}

void relay::spoil(std::string_view rules) {
    impl_->set_plan(by_rules(parse_rules(rules).value()));
}

void relay::reset_connections() {
    impl_->reset_connections();
}

std::vector<std::string> relay::nodes() const {
    return impl_->nodes();
}

relay_stats relay::stats() const {
    auto const& c = impl_->counts;
    relay_stats out{.connections = c.connections,
                    .open = c.open,
                    .requests = c.requests,
                    .answers = c.answers,
                    .bytes = c.bytes,
                    .accept_resets = c.accept_resets};
    std::ranges::copy(c.faults, out.faults.begin());
    return out;
}

}  // namespace aisle::faults
