#include "../http/connection.hpp"
#include "../http/tls.hpp"

#include <aisle/playground/server.hpp>

#include <boost/asio/as_tuple.hpp>
#include <boost/asio/co_spawn.hpp>
#include <boost/asio/detached.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/steady_timer.hpp>
#include <boost/asio/use_awaitable.hpp>

#include <list>
#include <thread>
#include <vector>

namespace aisle::playground {
namespace {

namespace asio = boost::asio;
using asio::awaitable;
using asio::ip::tcp;

constexpr auto token = asio::as_tuple(asio::use_awaitable);
constexpr std::chrono::milliseconds watch_interval{100};

// A thread, its event loop and its connections. The list outlives the loop, because the coroutines remove themselves
// from the list.
struct worker {
    std::list<connection*> connections;
    asio::io_context io{1};
    std::thread thread;
};

struct on_list {
    on_list(std::list<connection*>& l, connection* c) : list(l), place(l.insert(l.end(), c)) {}
    ~on_list() { list.erase(place); }
    on_list(on_list const&) = delete;
    on_list& operator=(on_list const&) = delete;
    std::list<connection*>& list;
    std::list<connection*>::iterator place;
};

awaitable<void> serve(worker* home, tcp::socket socket, node const* at, services* everything, asio::ssl::context* tls) {
    connection one(std::move(socket), *at, *everything, tls);
    on_list const listed(home->connections, &one);
    co_await one.run();
}

// Closes connections at their deadlines.
awaitable<void> watch(worker* home) {
    asio::steady_timer timer(home->io);
    for (;;) {
        timer.expires_after(watch_interval);
        auto const [ec] = co_await timer.async_wait(token);
        if (ec) co_return;
        auto const now = connection::clock::now();
        for (auto* const one : home->connections) {
            if (one->deadline() < now) one->close();
        }
    }
}

std::vector<server_node> described(std::vector<node> const& nodes) {
    std::vector<server_node> out;
    out.reserve(nodes.size());
    for (auto const& n : nodes) out.push_back({.id = n.id, .url = n.url});
    return out;
}

}  // namespace

class server::impl {
public:
    explicit impl(server_options options)
        : services_(std::move(options)), tls_(make_tls_context(services_.home.options())) {}

    void start() {
        auto const& options = services_.home.options();
        for (unsigned i = 0; i < options.threads; ++i) workers_.push_back(std::make_unique<worker>());
        std::vector<node_address> proxies;
        std::vector<node_address> targets;
        proxies.reserve(options.proxy_hosts.size());
        targets.reserve(options.target_hosts.size());
        for (auto const& host : options.proxy_hosts) proxies.push_back(bind(host, proxies.empty() ? options.port : 0));
        for (auto const& host : options.target_hosts) targets.push_back(bind(host, 0));
        services_.home.name_nodes(proxies, targets);
        services_.home.begin_start();
        auto acceptor = acceptors_.begin();
        for (auto const* nodes : {&services_.home.proxies(), &services_.home.targets()})
            for (auto const& at : *nodes)
                asio::co_spawn(workers_.front()->io, accept(&*acceptor++, &at), asio::detached);
        for (auto& w : workers_) {
            asio::co_spawn(w->io, watch(w.get()), asio::detached);
            w->thread = std::thread([&io = w->io] { io.run(); });
        }
    }

    void stop() {
        for (auto& w : workers_) w->io.stop();
        for (auto& w : workers_) {
            if (w->thread.joinable()) w->thread.join();
        }
        acceptors_.clear();
        workers_.clear();  // destroys the coroutines and their connections
    }

    services& all() noexcept { return services_; }

private:
    // Listens on the port; 0: any free port.
    node_address bind(std::string const& host, std::uint16_t port) {
        auto& io = workers_.front()->io;
        boost::system::error_code ec;
        auto const found = tcp::resolver(io).resolve(host, std::to_string(port), tcp::resolver::passive, ec);
        if (ec) throw exception({ec, stage::connect, "cannot resolve host " + host});
        auto const endpoint = found.begin()->endpoint();
        tcp::acceptor acceptor(io);
        acceptor.open(endpoint.protocol(), ec);
        if (!ec) acceptor.set_option(tcp::acceptor::reuse_address(true), ec);
        if (!ec) acceptor.bind(endpoint, ec);
        if (!ec) acceptor.listen(asio::socket_base::max_listen_connections, ec);
        if (ec) throw exception({ec, stage::connect, "cannot listen on " + host + ":" + std::to_string(port)});
        acceptors_.push_back(std::move(acceptor));
        return {host, acceptors_.back().local_endpoint().port()};
    }

    awaitable<void> accept(tcp::acceptor* from, node const* at) {
        for (;;) {
            auto& home = *workers_[next_worker_++ % workers_.size()];
            auto [ec, socket] = co_await from->async_accept(home.io, token);
            if (ec == asio::error::operation_aborted || !from->is_open()) co_return;
            if (ec) {
                // Probably out of descriptors: wait until connections end.
                asio::steady_timer timer(from->get_executor(), watch_interval);
                co_await timer.async_wait(token);
                continue;
            }
            asio::co_spawn(home.io, serve(&home, std::move(socket), at, &services_, tls_.get()), asio::detached);
        }
    }

    services services_;
    std::unique_ptr<asio::ssl::context> tls_;
    std::vector<std::unique_ptr<worker>> workers_;
    std::vector<tcp::acceptor> acceptors_;
    std::size_t next_worker_ = 0;
};

server_options server_options::like_aistore() {
    server_options real;
    real.zstd_output = false;
    real.tail_delay = std::chrono::milliseconds(100);
    real.abort_lasts = std::chrono::seconds(3);
    real.broken_stream_lasts = std::chrono::minutes(10);
    return real;
}

server::server(server_options options) : impl_(std::make_unique<impl>(std::move(options))) {}

server::~server() {
    stop();
}

void server::start() {
    impl_->start();
}

void server::stop() {
    impl_->stop();
}

std::uint16_t server::port() const {
    return impl_->all().home.proxies().front().port;
}

std::string server::endpoint() const {
    return impl_->all().home.proxies().front().url;
}

std::vector<server_node> server::proxies() const {
    return described(impl_->all().home.proxies());
}

std::vector<server_node> server::targets() const {
    return described(impl_->all().home.targets());
}

std::vector<std::string> server::buckets() const {
    std::vector<std::string> uris;
    for (auto const& id : impl_->all().home.objects().names()) uris.push_back(id.uri());
    return uris;
}

bool server::evict(std::string_view bucket) {
    auto const id = cold_bucket_id(bucket);
    return id && impl_->all().home.objects().evict_all(*id);
}

void server::set_faults(fault_plan faults) {
    impl_->all().set_faults(std::move(faults));
}

void server::set_token(std::string token) {
    impl_->all().home.set_token(std::move(token));
}

server_stats server::stats() const {
    auto const& counts = impl_->all().home.counts();
    return {.connections = counts.connections,
            .requests = counts.requests,
            .redirects = counts.redirects,
            .batches = counts.batches,
            .members = counts.members,
            .bytes_sent = counts.bytes_sent,
            .faults_applied = counts.faults_applied};
}

}  // namespace aisle::playground
