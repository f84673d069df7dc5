#include "../call/wait_for.hpp"
#include "../engine/failure.hpp"
#include "bucket_calls.hpp"
#include "bucket_home.hpp"
#include "listing_job.hpp"
#include "object_calls.hpp"
#include "put_body.hpp"

#include <aisle/bucket.hpp>
#include <aisle/detail/bucket_start.hpp>

#include <cstring>
#include <mutex>

namespace aisle {
namespace detail {
namespace {

using cancel_call = bucket_access::cancel_call;

/// The caller's function, which must not be called after the call has returned. An engine thread may continue for a
/// moment after a call was cancelled.
class lent_function {
public:
    explicit lent_function(std::function<void(std::uint64_t)> what) : what_(std::move(what)) {}

    void operator()(std::uint64_t n) {
        std::lock_guard const lock(mutex_);
        if (what_) what_(n);
    }

    /// Takes the function back at the end of a scope; waits while it is running.
    struct taker {
        ~taker() {
            std::lock_guard const lock(from.mutex_);
            from.what_ = nullptr;
        }
        lent_function& from;
    };

private:
    std::mutex mutex_;
    std::function<void(std::uint64_t)> what_;
};

// Starts make(entry) for a valid entry, or completes with the entry's error immediately.
template <class T, class Make>
cancel_call begin_with(bucket_home const& home, result<entry> what, done_call<T> done, Make make) {
    if (!what) {
        done(what.error());
        return [] {};
    }
    return begin<T>(
        home, [what = std::move(*what), make](operation_context c) { return make(c, what); }, std::move(done));
}

cancel_call begin_put(bucket_home const& home, std::string const& object, std::shared_ptr<http::body_source> data,
                      operation_options const& how, done_call<object_info> done) {
    auto make = [data = std::move(data), how](operation_context c, entry const& what) {
        return put_object(c, what, data, how.retry);
    };
    return begin_with<object_info>(home, home.entry_of(object), std::move(done), std::move(make));
}

}  // namespace

cancel_call bucket_access::head(bucket const& of, std::string object, operation_options how,
                                done_call<object_info> done) {
    auto make = [how](operation_context c, entry const& what) { return head_object(c, what, how); };
    return begin_with<object_info>(*of.home_, of.home_->entry_of(object), std::move(done), make);
}

cancel_call bucket_access::exists(bucket const& of, std::string object, operation_options how, done_call<bool> done) {
    auto from_head = [done = std::move(done)](result<object_info> r) {
        if (r || r.error().code == errc::missing)
            done(r.has_value());
        else
            done(std::move(r).error());
    };
    return head(of, std::move(object), how, std::move(from_head));
}

cancel_call bucket_access::get(bucket const& of, std::string object, get_options how, done_call<object_data> done) {
    auto what = of.home_->entry_of(object, std::move(how.archpath), how.range);
    auto make = [retry = how.retry](operation_context c, entry const& e) { return get_object(c, e, retry); };
    return begin_with<object_data>(*of.home_, std::move(what), std::move(done), make);
}

cancel_call bucket_access::put(bucket const& of, std::string object, std::string bytes, operation_options how,
                               done_call<object_info> done) {
    return begin_put(*of.home_, object, body_of(std::move(bytes)), how, std::move(done));
}

cancel_call bucket_access::put_file(bucket const& of, std::string object, std::filesystem::path const& file,
                                    operation_options how, std::function<void(std::uint64_t)> sent,
                                    done_call<object_info> done) {
    auto data = body_of(file, std::move(sent));
    if (!data) {
        done(data.error());
        return [] {};
    }
    return begin_put(*of.home_, object, std::move(*data), how, std::move(done));
}

cancel_call bucket_access::create(bucket const& of, operation_options how, done_call<bool> done) {
    auto work = [uri = of.uri(), how](operation_context c) { return create_bucket(c, uri, how); };
    return begin<bool>(*of.home_, std::move(work), std::move(done));
}

cancel_call bucket_access::destroy(bucket const& of, operation_options how, done_call<bool> done) {
    auto work = [uri = of.uri(), how](operation_context c) { return destroy_bucket(c, uri, how); };
    return begin<bool>(*of.home_, std::move(work), std::move(done));
}

cancel_call bucket_access::next_page(object_listing& of, done_call<std::vector<object_info>> done) {
    if (of.job_) return of.job_->next(std::move(done));
    done(said(errc::invalid_argument, "the next page of a listing that was moved from"));
    return [] {};
}

object_listing bucket_access::list(bucket const& of, std::string prefix, list_options options) {
    return object_listing(std::make_shared<listing_job>(of.home_, std::move(prefix), options));
}

}  // namespace detail

using detail::bucket_access;

object_listing::object_listing(std::shared_ptr<detail::listing_job> job) noexcept : job_(std::move(job)) {}
object_listing::object_listing(object_listing&&) noexcept = default;

object_listing& object_listing::operator=(object_listing&& other) noexcept {
    if (this == &other) return *this;
    auto const before = std::exchange(job_, std::move(other.job_));
    if (before) before->close();
    return *this;
}

object_listing::~object_listing() {
    if (job_) job_->close();
}

result<std::vector<object_info>> object_listing::next_page() {
    if (!job_) return detail::said(errc::invalid_argument, "the next page of a listing that was moved from");
    return detail::wait_for<std::vector<object_info>>(
        job_->home(), job_->stop(), [this](auto done) { return bucket_access::next_page(*this, std::move(done)); });
}

std::string const& bucket::uri() const noexcept {
    return home_->uri();
}

object_listing bucket::list(std::string prefix, list_options options) const {
    return bucket_access::list(*this, std::move(prefix), options);
}

result<object_info> bucket::head(std::string_view object, operation_options options) const {
    return detail::wait_for<object_info>(*home_, options.stop, [&](auto done) {
        return bucket_access::head(*this, std::string(object), options, std::move(done));
    });
}

result<bool> bucket::exists(std::string_view object, operation_options options) const {
    return detail::wait_for<bool>(*home_, options.stop, [&](auto done) {
        return bucket_access::exists(*this, std::string(object), options, std::move(done));
    });
}

result<object_data> bucket::get(std::string_view object, get_options options) const {
    return detail::wait_for<object_data>(*home_, options.stop, [&](auto done) {
        return bucket_access::get(*this, std::string(object), options, std::move(done));
    });
}

result<object_info> bucket::get_into(std::span<std::byte> to, std::string_view object, get_options options) const {
    auto const got = get(object, std::move(options));
    if (!got) return got.error();
    if (got->size() > to.size())
        return error{errc::limit_exceeded, stage::payload,
                     "get " + uri() + '/' + std::string(object) + ": " + std::to_string(got->size()) +
                         " bytes, more than the buffer's " + std::to_string(to.size())};
    if (got->size() > 0) std::memcpy(to.data(), got->bytes().data(), got->size());
    return got->info();
}

result<object_info> bucket::put(std::string_view object, std::span<std::byte const> bytes,
                                operation_options options) const {
    return put(object, std::string(reinterpret_cast<char const*>(bytes.data()), bytes.size()), options);
}

result<object_info> bucket::put(std::string_view object, std::string bytes, operation_options options) const {
    return detail::wait_for<object_info>(*home_, options.stop, [&](auto done) {
        return bucket_access::put(*this, std::string(object), std::move(bytes), options, std::move(done));
    });
}

result<object_info> bucket::put_file(std::string_view object, std::filesystem::path const& file,
                                     operation_options options, std::function<void(std::uint64_t)> sent) const {
    auto const lent = std::make_shared<detail::lent_function>(std::move(sent));
    detail::lent_function::taker const takes_back{*lent};
    return detail::wait_for<object_info>(*home_, options.stop, [&](auto done) {
        return bucket_access::put_file(
            *this, std::string(object), file, options, [lent](std::uint64_t n) { (*lent)(n); }, std::move(done));
    });
}

result<bool> bucket::create(operation_options options) const {
    return detail::wait_for<bool>(*home_, options.stop,
                                  [&](auto done) { return bucket_access::create(*this, options, std::move(done)); });
}

result<bool> bucket::destroy(operation_options options) const {
    return detail::wait_for<bool>(*home_, options.stop,
                                  [&](auto done) { return bucket_access::destroy(*this, options, std::move(done)); });
}

}  // namespace aisle
