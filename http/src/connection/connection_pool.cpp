#include <aisle/http/connection_pool.hpp>

#include <boost/asio/this_coro.hpp>

#include <algorithm>
#include <array>
#include <cerrno>
#include <exception>
#include <iterator>
#include <sys/socket.h>
#include <unistd.h>
#include <utility>

namespace aisle::http {
namespace {

// For files that the rest of the process opens while connections come and go.
constexpr std::size_t spare_descriptors = 3;

bool are_free(std::size_t descriptors) noexcept {
    std::array<int, 1 + spare_descriptors> taken{};
    std::size_t n = 0;
    while (n < descriptors && (taken[n] = ::socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0)) >= 0) ++n;
    bool const short_of_them = n < descriptors && (errno == EMFILE || errno == ENFILE);
    for (std::size_t i = 0; i < n; ++i) ::close(taken[i]);
    return !short_of_them;
}

}  // namespace

using clock = std::chrono::steady_clock;

connection_pool::lease::lease(lease&& other) noexcept
    : pool_(std::exchange(other.pool_, nullptr)),
      host_(std::exchange(other.host_, nullptr)),
      connection_(std::move(other.connection_)) {}

connection_pool::lease& connection_pool::lease::operator=(lease&& other) noexcept {
    if (this != &other) {
        end();
        pool_ = std::exchange(other.pool_, nullptr);
        host_ = std::exchange(other.host_, nullptr);
        connection_ = std::move(other.connection_);
    }
    return *this;
}

connection_pool::lease::~lease() {
    end();
}

void connection_pool::lease::end() noexcept {
    connection_.reset();
    if (pool_) {
        pool_->leave(*host_);
        pool_->check_later();
    }
    pool_ = nullptr;
}

bool connection_pool::lease::reuse() {
    connection_.reset();
    pool_->drop_old(*host_);
    // The youngest first: its buffers in the kernel are warm, and the others may reach their age limit.
    while (!host_->idle.empty()) {
        auto youngest = std::move(host_->idle.back());
        host_->idle.pop_back();
        if (!youngest->is_quiet()) continue;  // closed by the server, or unexpected data
        connection_ = std::move(youngest);
        pool_->in_use_.push_back(*connection_);
        return true;
    }
    return false;
}

void connection_pool::lease::renew() {
    connection_ = std::make_unique<connection>(pool_->executor_, pool_->deadlines_, pool_->pace_);
    pool_->in_use_.push_back(*connection_);
}

void connection_pool::lease::keep() noexcept {
    if (connection_ && !connection_->abandoned() && !pool_->closed_) {
        connection_->unlink();
        connection_->clear_deadline();
        connection_->idle_since = clock::now();
        try {
            host_->idle.push_back(std::move(connection_));
        } catch (std::bad_alloc const&) {
            connection_.reset();
        }
        pool_->drop_old(*host_);
    }
    end();
}

connection_pool::connection_pool(executor ex, limits l, std::shared_ptr<limit_clock> deadlines,
                                 std::shared_ptr<limit_clock> pace)
    : executor_(ex),
      limits_(l),
      deadlines_(std::move(deadlines)),
      pace_(std::move(pace)),
      check_timer_(
          std::in_place, std::make_shared<limit_clock>(ex, l.check_every),
          [](void* self) { static_cast<connection_pool*>(self)->check_idle(); }, this) {}

connection_pool::~connection_pool() {
    close();
}

// A place in the queue of a host, given up when the wait ends.
struct connection_pool::waiter {
    waiter(connection_pool& p, host& h) : pool(p), where(h), gate(p.executor_, timer::time_point::max()) {
        where.waiting.push_back(this);
    }
    waiter(waiter const&) = delete;
    waiter& operator=(waiter const&) = delete;
    ~waiter() {
        if (admitted)
            pool.leave(where);
        else
            std::erase(where.waiting, this);
    }

    connection_pool& pool;
    host& where;
    timer gate;
    bool admitted = false;  // left the queue, and counted as a lease
};

connection_pool::host& connection_pool::host_of(std::string_view origin) {
    auto const found = hosts_.find(origin);
    return found != hosts_.end() ? found->second : hosts_.try_emplace(std::string(origin)).first->second;
}

task<result<connection_pool::lease>> connection_pool::acquire(recycled_string origin) {
    if (!closed_) {
        host& h = host_of(origin);  // not moved while there is a lease or a waiter
        if (h.leased < limits_.per_host && h.waiting.empty()) {
            ++h.leased;
            co_return lease(*this, h);
        }
        waiter me(*this, h);
        co_await me.gate.async_wait(use_task_tuple);
        bool const stop = closed_ || (co_await boost::asio::this_coro::cancellation_state).cancelled() !=
                                         boost::asio::cancellation_type::none;
        if (me.admitted && !stop) {
            me.admitted = false;
            co_return lease(*this, h);
        }
    }
    co_return error{errc::cancelled, stage::connect,
                    "cancelled before there was a connection to " + std::string(origin)};
}

// One lease less: the next waiter takes its place, if there is one.
void connection_pool::leave(host& h) noexcept {
    if (h.waiting.empty() || closed_) {
        --h.leased;
        return;
    }
    waiter& next = *h.waiting.front();
    h.waiting.pop_front();
    next.admitted = true;
    next.gate.cancel();
}

void connection_pool::drop_old(host& h) noexcept {
    auto const oldest_good = clock::now() - limits_.keep_alive;
    auto const first_good =
        std::find_if(h.idle.begin(), h.idle.end(), [&](auto const& c) { return c->idle_since >= oldest_good; });
    h.idle.erase(h.idle.begin(), first_good);
}

bool connection_pool::make_room() noexcept {
    for (;;) {
        if (are_free(leased() > 1 ? 1 + spare_descriptors : 1)) return true;
        host* oldest = nullptr;
        for (auto& [origin, h] : hosts_)
            if (!h.idle.empty() && (!oldest || h.idle.front()->idle_since < oldest->idle.front()->idle_since))
                oldest = &h;
        if (!oldest) return false;
        oldest->idle.erase(oldest->idle.begin());
    }
}

// A connection is idle, or a host may have none left.
void connection_pool::check_later() noexcept {
    if (will_check_ || closed_) return;
    try {
        check_timer_->set(time_limit::duration::zero());
        will_check_ = true;
    } catch (std::exception const&) {
        // No memory for it: the next lease that ends tries again.
    }
}

void connection_pool::check_idle() noexcept {
    will_check_ = false;
    bool any_left = false;
    for (auto at = hosts_.begin(); at != hosts_.end();) {
        host& h = at->second;
        drop_old(h);
        std::erase_if(h.idle, [](auto const& c) { return !c->is_quiet(); });
        bool const in_use = h.leased > 0 || !h.waiting.empty();
        any_left = any_left || !h.idle.empty();
        at = h.idle.empty() && !in_use ? hosts_.erase(at) : std::next(at);
    }
    if (any_left) check_later();
}

void connection_pool::close() noexcept {
    if (std::exchange(closed_, true)) return;
    check_timer_.reset();
    for (auto& [origin, h] : hosts_) {
        h.idle.clear();
        for (waiter* w : h.waiting) w->gate.cancel();
    }
    for (connection& c : in_use_) c.abandon(errc::cancelled);
    deadlines_->rest();
    pace_->rest();
}

std::size_t connection_pool::idle() const noexcept {
    std::size_t n = 0;
    for (auto const& [origin, h] : hosts_) n += h.idle.size();
    return n;
}

std::size_t connection_pool::leased() const noexcept {
    std::size_t n = 0;
    for (auto const& [origin, h] : hosts_) n += h.leased;
    return n;
}

}  // namespace aisle::http
