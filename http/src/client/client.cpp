#include "exchange.hpp"

#include <aisle/http/client.hpp>
#include <aisle/http/redirect.hpp>

#include <boost/asio/error.hpp>

#include <new>

namespace aisle::http {
namespace {

// After a redirect to another origin, a request never gets back the fields for the first origin, even if it is
// redirected back there: others have then decided where it goes.
void leave_origin(request& r) {
    std::erase_if(r.extra, [](field const& f) { return !may_follow(f.name); });
}

// In a catch clause. Rethrows exceptions that are not the error of a request.
error what_was_thrown() {
    try {
        throw;
    } catch (boost::system::system_error const& e) {
        // A coroutine throws this if it is cancelled between two operations.
        if (e.code() != boost::asio::error::operation_aborted) throw;
        return {errc::cancelled, stage::request, "cancelled"};
    } catch (std::bad_alloc const&) {
        return {errc::limit_exceeded, stage::response, "no memory to read a response into"};
    }
}

task<result<response>> follow_to_answer(std::shared_ptr<client_core> core, request& r) {
    url to = r.target;
    for (unsigned hops = 0;; ++hops) {
        auto x = std::make_unique<exchange>(core, std::move(to));
        if (auto begun = co_await x->begin(r); !begun) co_return begun.error();
        int const status = x->parser().status();
        if (!r.follow_redirects || !is_redirect(status)) co_return response(std::move(x));
        redirect const answer{status, x->parser().header("Location"), r.method, hops, core->options.max_redirects};
        auto next = follow(x->at(), answer);
        if (!next) co_return next.error();
        co_await x->drain();
        if (next->origin() != x->at().origin()) leave_origin(r);
        to = std::move(*next);
        ++core->counts.redirects;
    }
}

}  // namespace

client::client(executor ex, slab_pool& slabs, client_options options)
    : core_(std::make_shared<client_core>(ex, slabs, std::move(options))) {}

client::~client() {
    close();
}

task<result<response>> client::open(request r) {
    auto const core = core_;  // the client may be destroyed when this resumes
    error why;
    try {
        co_return co_await follow_to_answer(core, r);
    } catch (...) {
        why = what_was_thrown();
    }
    co_return why;
}

task<result<response>> client::ask(request const& r, url at) {
    auto const core = core_;
    error why;
    try {
        auto x = std::make_unique<exchange>(core, std::move(at));
        auto beginning = x->begin(r);
        if (auto begun = co_await std::move(beginning); !begun) co_return begun.error();
        co_return response(std::move(x));
    } catch (...) {
        why = what_was_thrown();
    }
    co_return why;
}

void client::close() {
    core_->pool.close();
}

client_stats client::stats() const {
    client_stats out = core_->counts;
    out.idle = core_->pool.idle();
    out.leased = core_->pool.leased();
    return out;
}

std::shared_ptr<limit_clock> const& client::pace() const noexcept {
    return core_->pace;
}

response::response(std::unique_ptr<exchange> e) noexcept : exchange_(std::move(e)) {}
response::response(response&&) noexcept = default;
response& response::operator=(response&&) noexcept = default;
response::~response() = default;

int response::status() const noexcept {
    return exchange_->parser().status();
}
std::string_view response::header(std::string_view name) const noexcept {
    return exchange_->parser().header(name);
}
url const& response::final_url() const noexcept {
    return exchange_->at();
}
task<result<void>> response::read(partial_payload& hold) {
    return exchange_->read(hold);
}
bool response::begin_read(partial_payload& hold) {
    return exchange_->begin_read(hold);
}
connection& response::wire() noexcept {
    return exchange_->wire();
}
void response::end_read(boost::system::error_code ec, std::size_t n) {
    exchange_->end_read(ec, n);
}
bool response::read_arrived(partial_payload& hold) {
    return exchange_->read_arrived(hold);
}
bool response::expects_more() const noexcept {
    return exchange_->expects_more();
}
error const* response::failure() const noexcept {
    return exchange_->failure();
}
task<void> response::drain() {
    return exchange_->drain();
}
std::span<std::span<std::byte> const> response::pieces() const noexcept {
    return exchange_->pieces();
}
slab_ref const& response::slab() const noexcept {
    return exchange_->slab();
}
bool response::complete() const noexcept {
    return exchange_->complete();
}
void response::set_patience(std::chrono::microseconds patience) noexcept {
    exchange_->set_patience(patience);
}
void response::cancel() noexcept {
    exchange_->cancel();
}

}  // namespace aisle::http
