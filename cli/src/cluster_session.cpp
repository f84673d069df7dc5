#include "cluster_session.hpp"

#include "bucket_text.hpp"
#include "printable.hpp"
#include "quantity.hpp"
#include "trouble_watch.hpp"

#include <simdjson.h>

#include <cstdio>

namespace aisle::cli {
namespace {

constexpr std::size_t largest_answer_bytes = std::size_t{64} << 20;
constexpr std::chrono::milliseconds look_every{250};

http::url first_endpoint(std::string const& endpoints) {
    auto first = http::parse_endpoint(endpoints.substr(0, endpoints.find(',')));
    if (!first) throw exception(first.error());
    while (first->path.ends_with('/')) first->path.pop_back();
    return std::move(*first);
}

std::string authorization_of(credentials const& who) {
    auto field = authorization(who);
    if (!field) throw exception(field.error());
    return std::move(*field);
}

http::client_options client_options_of(engine_options const& cluster) {
    http::client_options o;
    o.connect_timeout = cluster.connect_timeout;
    o.first_byte_timeout = cluster.first_byte_timeout;
    o.idle_timeout = cluster.idle_timeout;
    auto const& tls = cluster.tls;
    o.tls = {tls.ca_file, tls.certificate_file, tls.key_file, tls.verify};
    return o;
}

}  // namespace

result<bucket_address> bucket_address_of(std::string_view bucket) {
    auto const [provider, name_space, name] = split_bucket(bucket);
    if (provider.empty() || name.empty() || name.starts_with('@') || name.find_first_of("/#") != name.npos)
        return error{errc::invalid_argument, stage::usage,
                     "'" + printable(bucket) + "' is not a bucket such as ais://train"};
    bucket_address address{http::percent_encode(name), "provider=" + http::percent_encode(provider)};
    if (!name_space.empty()) address.query += "&namespace=" + http::percent_encode(name_space);
    return address;
}

error refusal_of(cluster_answer const& a, std::string what) {
    error e{errc::server_error, stage::response, std::move(what)};
    e.http_status = a.status;
    simdjson::dom::parser parser;
    std::string_view message;
    if (parser.parse(a.body)["message"].get(message) == simdjson::SUCCESS) e.server_text = message;
    return e;
}

cluster_session::cluster_session(engine_options const& cluster)
    : proxy_(first_endpoint(cluster.endpoint)),
      authorization_(authorization_of(cluster.credentials)),
      client_(loop_.get_executor(), slabs_, client_options_of(cluster)),
      longest_wait_(cluster.first_byte_timeout) {}

http::request cluster_session::to_proxy(std::string method, std::string_view path, std::string query) const {
    http::request r;
    r.method = std::move(method);
    r.target = proxy_;
    r.target.path += path;
    r.target.query = std::move(query);
    r.follow_redirects = false;
    if (!authorization_.empty()) r.extra.push_back({"Authorization", authorization_});
    return r;
}

http::task<result<cluster_answer>> cluster_session::ask(http::request r) {
    auto opened = co_await client_.open(std::move(r));
    if (!opened) {
        fault_ = opened.error();
        co_return opened.error();
    }
    fault_.reset();
    heard_ = clock::now();
    cluster_answer a;
    a.status = opened->status();
    a.location = opened->header("Location");
    partial_payload nothing_held;
    while (!opened->complete()) {
        auto const got = co_await opened->read(nothing_held);
        if (!got) co_return got.error();
        heard_ = clock::now();
        for (auto const piece : opened->pieces())
            a.body.append(reinterpret_cast<char const*>(piece.data()), piece.size());
        if (a.body.size() > largest_answer_bytes)
            co_return error{errc::limit_exceeded, stage::response, "an answer of more than 64 MiB"};
    }
    co_return a;
}

http::task<void> cluster_session::tell_of_silence() {
    std::optional<clock::time_point> told;
    while (!over_) {
        silence_.expires_after(look_every);
        auto op = silence_.async_wait(http::use_task_tuple);
        co_await std::move(op);
        auto const now = clock::now();
        if (over_ || now - heard_ < trouble_watch::patience) continue;
        if (told && now - *told < trouble_watch::repeat_after) continue;
        told = now;
        auto const waited = std::chrono::floor<std::chrono::seconds>(now - heard_);
        auto const line =
            fault_
                ? trouble_text(*fault_) + "; trying again"
                : "no answer from " + proxy_.origin() + " for " + format_span(waited) + "; a request waits for up to " +
                      format_span(std::chrono::ceil<std::chrono::seconds>(longest_wait_)) + " (--first-byte-timeout)";
        std::fputs(("aisle: " + line + "\n").c_str(), stderr);
    }
}

}  // namespace aisle::cli
