#include <aisle/http/resolver.hpp>

#include <boost/asio/ip/basic_resolver.hpp>

#include <algorithm>

namespace aisle::http {
namespace {

namespace asio = boost::asio;
using asio::ip::tcp;
using boost::system::error_code;
using clock = std::chrono::steady_clock;

// Asio resolves names on a separate thread, which posts the result. That wakes a thread waiting inside the io_context,
// but not an event loop waiting for the io_context's descriptor; this timer wakes it periodically.
struct ticking {
    explicit ticking(executor ex) : timer_(ex) {}
    static void next(std::shared_ptr<ticking> const& self) {
        constexpr std::chrono::milliseconds period{5};
        self->timer_.expires_after(period);
        self->timer_.async_wait([weak = std::weak_ptr(self)](error_code ec) {
            if (auto const alive = weak.lock(); alive && !ec) next(alive);
        });
    }
    timer timer_;
};

resolver::lookup system_lookup(executor ex) {
    return [ex](std::string const& host, std::function<void(error_code, resolver::addresses)> found) {
        using asio_resolver = asio::ip::basic_resolver<tcp, executor>;
        auto const job = std::make_shared<asio_resolver>(ex);  // destroying it would cancel the lookup
        auto const tick = std::make_shared<ticking>(ex);
        ticking::next(tick);
        job->async_resolve(host, "", [job, tick, found](error_code ec, tcp::resolver::results_type const& results) {
            resolver::addresses out;
            for (auto const& r : results) out.push_back(r.endpoint().address());
            found(ec, std::move(out));
        });
    };
}

// An entry in the list of those waiting for a lookup.
struct waiter {
    waiter(std::vector<timer*>& all, timer& gate) : among(all), me(&gate) { among.push_back(me); }
    waiter(waiter const&) = delete;
    waiter& operator=(waiter const&) = delete;
    ~waiter() { std::erase(among, me); }

    std::vector<timer*>& among;
    timer* me;
};

}  // namespace

void resolver::known_host::prefer(asio::ip::address const& connected) {
    auto const at = std::ranges::find(found_, connected);
    if (at != found_.end()) std::rotate(found_.begin(), at, at + 1);
}

resolver::resolver(executor ex, std::chrono::milliseconds keep) : resolver(ex, system_lookup(ex), keep) {}

resolver::resolver(executor, lookup how, std::chrono::milliseconds keep) : lookup_(std::move(how)), keep_(keep) {}

std::shared_ptr<resolver::known_host> resolver::begin(std::string const& host) {
    auto const now = clock::now();
    std::erase_if(hosts_, [&](auto const& h) { return !h.second->running_ && h.second->good_until_ <= now; });
    auto const fresh = std::make_shared<known_host>();
    lookup_(host, [fresh, keep = keep_](error_code ec, addresses found) {
        fresh->running_ = false;
        fresh->failed_ = ec;
        for (auto const& a : found)  // a hosts file may list an address twice
            if (std::ranges::find(fresh->found_, a) == fresh->found_.end()) fresh->found_.push_back(a);
        if (!ec && !fresh->found_.empty()) fresh->good_until_ = clock::now() + keep;
        for (timer* const gate : fresh->waiting_) gate->cancel();
    });
    hosts_[host] = fresh;
    return fresh;
}

task<result<resolver::answer>> resolver::resolve(std::string host, timer& gate) {
    answer out;
    auto const at = hosts_.find(host);
    if (at != hosts_.end() && (at->second->running_ || at->second->good_until_ > clock::now()))
        out.host = at->second;
    else
        out.host = begin(host);
    auto& known = *out.host;
    out.kept = !known.running_;
    if (known.running_) {
        gate.expires_at(timer::time_point::max());
        waiter const place(known.waiting_, gate);
        co_await gate.async_wait(use_task_tuple);
        if (known.running_) co_return error{errc::cancelled, stage::connect, "cancelled while resolving " + host};
    }
    if (known.failed_ || known.found_.empty())
        co_return error{errc::resolve_failed, stage::connect,
                        host + ": " + (known.failed_ ? known.failed_.message() : "the name has no address")};
    co_return out;
}

}  // namespace aisle::http
