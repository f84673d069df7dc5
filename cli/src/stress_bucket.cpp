#include "stress_bucket.hpp"

#include "cluster_session.hpp"

#include <algorithm>
#include <chrono>
#include <memory>
#include <thread>
#include <vector>

namespace aisle::cli {
namespace {

constexpr unsigned uploads_at_once = 16;
constexpr unsigned most_attempts = 8;
constexpr unsigned most_farewells = 5;
constexpr std::chrono::milliseconds first_wait{100};
constexpr std::chrono::milliseconds longest_wait{1'000};
constexpr std::chrono::seconds longest_verdict{60};

/// What is worth asking again for: a cluster in trouble, not one that says no.
bool may_pass(error const& e) {
    if (e.code == errc::cancelled || e.code == errc::invalid_argument || e.code == errc::bad_redirect ||
        e.code == errc::tls_failed)
        return false;
    return e.http_status == 0 || e.http_status == 408 || e.http_status == 409 || e.http_status == 429 ||
           e.http_status >= 500;
}

/// A name as the path of a URL: each component escaped by itself.
std::string path_of(std::string_view name) {
    std::string path;
    for (;;) {
        auto const slash = name.find('/');
        path += http::percent_encode(name.substr(0, slash));
        if (slash == name.npos) return path;
        path += '/';
        name.remove_prefix(slash + 1);
    }
}

/// Where a redirected PUT goes. Of the Location only the origin and the query count: AIStore puts the name into its
/// path as it is, quotes, blanks and all (AIStore behaviour), so the path is the one that was asked for.
result<http::url> target_of(http::url const& asked, std::string_view location) {
    auto const scheme = location.find("://");
    auto const path = scheme == location.npos ? location.npos : location.find('/', scheme + 3);
    auto const query = location.rfind('?');
    if (path == location.npos || query == location.npos || query < path)
        return error{errc::bad_redirect, stage::redirect, "a Location without a host, a path or a query"};
    auto to = http::parse_url(std::string(location.substr(0, path)) + "/" + std::string(location.substr(query)));
    if (!to) return to;
    if (asked.secure && !to->secure)
        return error{errc::bad_redirect, stage::redirect, "a redirect from https to " + to->origin()};
    to->path = asked.path;
    return to;
}

/// Uploads a list of objects by several tasks at once.
class uploader {
public:
    uploader(cluster_session& session, bucket_address where, std::vector<stress_object const*> objects)
        : session_(session), where_(std::move(where)), objects_(std::move(objects)) {}

    http::task<result<bool>> run() {
        for (unsigned i = 0; i + 1 < uploads_at_once; ++i) {
            ++running_;
            boost::asio::co_spawn(session_.executor(), work(), [this](std::exception_ptr e) { end_one(e); });
        }
        co_await work();
        while (running_ > 0) {
            auto op = one_ended_.async_wait(http::use_task_tuple);
            co_await std::move(op);
        }
        if (thrown_) std::rethrow_exception(thrown_);
        if (fault_) co_return *fault_;
        co_return true;
    }

private:
    void end_one(std::exception_ptr e) {
        if (e) thrown_ = e;
        --running_;
        one_ended_.cancel();
    }

    http::task<void> work() {
        while (next_ < objects_.size() && !fault_ && !thrown_) {
            auto const& object = *objects_[next_++];
            auto const put = co_await persist(object);
            if (!put) {
                if (!fault_) fault_ = put.error();
                co_return;
            }
        }
    }

    http::task<result<bool>> persist(stress_object const& object) {
        auto const data = std::make_shared<std::string const>(object_bytes(object));
        for (unsigned attempt = 1;; ++attempt) {
            auto put = co_await put_once(object, data);
            if (put || attempt == most_attempts || !may_pass(put.error())) co_return put;
            http::timer pause(session_.executor(), std::min(first_wait * (1u << (attempt - 1)), longest_wait));
            auto op = pause.async_wait(http::use_task_tuple);
            co_await std::move(op);
        }
    }

    // The proxy says which target takes it, and wants nothing of the data.
    http::task<result<bool>> put_once(stress_object const& object, std::shared_ptr<std::string const> data) {
        auto const path = "/v1/objects/" + where_.name + "/" + path_of(object.name);
        auto first = session_.to_proxy("PUT", path, where_.query);
        auto const asked = first.target;
        auto const sent = co_await session_.ask(std::move(first));
        if (!sent) co_return sent.error();
        if (sent->status != 307) co_return refusal_of(*sent, "the object '" + object.name + "' could not be put");
        auto to = target_of(asked, sent->location);
        if (!to) co_return to.error();
        http::request second;
        second.method = "PUT";
        second.target = std::move(*to);
        second.body = std::move(data);
        second.follow_redirects = false;
        auto const done = co_await session_.ask(std::move(second));
        if (!done) co_return done.error();
        if (done->status != 200) co_return refusal_of(*done, "the object '" + object.name + "' could not be put");
        co_return true;
    }

    cluster_session& session_;
    bucket_address const where_;
    std::vector<stress_object const*> const objects_;
    std::size_t next_ = 0;
    unsigned running_ = 0;
    http::timer one_ended_{session_.executor(), http::timer::time_point::max()};  ///< cancelled when a task ends
    std::optional<error> fault_;
    std::exception_ptr thrown_;
};

bucket_address address_of(std::string const& bucket) {
    auto address = bucket_address_of(bucket);
    if (!address) throw exception(address.error());
    return std::move(*address);
}

/// A request about the bucket as a whole. Nobody wants to wait for minutes for one of these.
cluster_answer ask_of_bucket(engine_options cluster, std::string const& bucket, std::string method,
                             std::string_view what) {
    cluster.first_byte_timeout = std::min<std::chrono::milliseconds>(cluster.first_byte_timeout, longest_verdict);
    cluster_session session(cluster);
    auto const where = address_of(bucket);
    auto r = session.to_proxy(std::move(method), "/v1/buckets/" + where.name, where.query);
    r.content_type = "application/json";
    r.body = std::make_shared<std::string const>("{\"action\":\"" + std::string(what) + "\"}");
    auto a = session.run(session.ask(std::move(r)), {});
    if (!a) throw exception(a.error());
    return std::move(*a);
}

void destroy_bucket(engine_options const& cluster, std::string const& bucket) {
    auto const a = ask_of_bucket(cluster, bucket, "DELETE", "destroy-bck");
    if (a.status != 200 && a.status != 404)
        throw exception(refusal_of(a, "the bucket " + bucket + " could not be destroyed"));
}

}  // namespace

stress_bucket::stress_bucket(engine_options cluster, std::string bucket, bucket_naming naming)
    : cluster_(std::move(cluster)), bucket_(std::move(bucket)), naming_(naming) {
    static_cast<void>(address_of(bucket_));
}

void stress_bucket::create() {
    // An answer that does not come leaves it open whether the bucket was made. One that nobody else can have is ours
    // then, too.
    made_ = naming_ == bucket_naming::own;
    auto const a = [this] {
        try {
            return ask_of_bucket(cluster_, bucket_, "POST", "create-bck");
        } catch (exception const& e) {
            if (e.why().where == stage::connect) made_ = false;  // nobody was asked
            throw;
        }
    }();
    made_ = a.status == 200;
    if (!made_) throw exception(refusal_of(a, "the bucket " + bucket_ + " could not be made"));
}

void stress_bucket::fill(stress_catalog const& catalog, std::stop_token stop) {
    cluster_session session(cluster_);
    uploader up(session, address_of(bucket_), catalog.all());
    auto const filled = session.run(up.run(), std::move(stop));
    if (!filled) throw exception(filled.error());
}

void stress_bucket::destroy() {
    if (!made_) return;
    made_ = false;
    for (unsigned attempt = 1;; ++attempt) try {
            return destroy_bucket(cluster_, bucket_);
        } catch (exception const& e) {
            if (attempt == most_farewells || !may_pass(e.why())) throw;
            std::this_thread::sleep_for(longest_wait);
        }
}

}  // namespace aisle::cli
