#include <aisle/http/connection.hpp>

#include <boost/asio/ip/basic_resolver.hpp>
#include <boost/asio/this_coro.hpp>

#include <memory>

namespace aisle::http {
namespace {

namespace asio = boost::asio;
using asio::ip::tcp;

// A look-up under way. It cannot be interrupted (getaddrinfo in a thread of Asio's), so it owns all that it needs, and
// whoever gave up waiting for it may be gone when it ends.
struct lookup {
    explicit lookup(executor ex) : resolver(ex) {}

    asio::ip::basic_resolver<tcp, executor> resolver;
    std::vector<tcp::endpoint> found;
    boost::system::error_code failed;
    bool done = false;
    timer* waiting = nullptr;
};

void start(std::shared_ptr<lookup> const& job, std::string const& host, std::uint16_t port) {
    job->resolver.async_resolve(host, std::to_string(port), tcp::resolver::numeric_service,
                                [job](boost::system::error_code ec, tcp::resolver::results_type const& results) {
                                    job->done = true;
                                    job->failed = ec;
                                    for (auto const& r : results) job->found.push_back(r.endpoint());
                                    if (job->waiting) job->waiting->cancel();
                                });
}

}  // namespace

task<result<std::vector<tcp::endpoint>>> connection::resolve(std::string host, std::uint16_t port) {
    boost::system::error_code not_numeric;
    auto const address = asio::ip::make_address(host, not_numeric);
    if (!not_numeric) co_return std::vector<tcp::endpoint>{tcp::endpoint(address, port)};

    if (stopped(co_await asio::this_coro::cancellation_state)) co_return lost({}, stage::connect, {});
    auto const job = std::make_shared<lookup>(gate_.get_executor());
    start(job, host, port);
    gate_.expires_at(timer::time_point::max());
    job->waiting = &gate_;
    auto [woken] = co_await gate_.async_wait(use_task_tuple);
    job->waiting = nullptr;
    if (!job->done) {
        job->resolver.cancel();
        co_return lost(woken, stage::connect, {});
    }
    if (job->failed || job->found.empty()) {
        abandon(errc::resolve_failed);
        co_return error{errc::resolve_failed, stage::connect, host + ": " + job->failed.message()};
    }
    co_return std::move(job->found);
}

}  // namespace aisle::http
