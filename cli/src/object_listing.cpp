#include "object_listing.hpp"

#include "bucket_text.hpp"
#include "printable.hpp"

#include <aisle/http/client.hpp>
#include <aisle/slab.hpp>

#include <boost/asio/co_spawn.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/post.hpp>
#include <simdjson.h>

#include <charconv>
#include <exception>
#include <optional>

namespace aisle::cli {
namespace {

constexpr std::size_t largest_page_bytes = std::size_t{64} << 20;
constexpr int page_entries = 10'000;  // the most AIStore gives at once

/// An answer's status and its whole body.
struct answer {
    int status = 0;
    std::string body;
};

struct page {
    std::string uuid;
    std::string token;
};

error broken(std::string text) {
    return {errc::bad_metadata, stage::metadata, "listing: " + std::move(text)};
}

http::task<result<answer>> ask(http::client& client, http::request r) {
    auto opened = co_await client.open(std::move(r));
    if (!opened) co_return opened.error();
    answer a;
    a.status = opened->status();
    partial_payload nothing_held;
    while (!opened->complete()) {
        auto const got = co_await opened->read(nothing_held);
        if (!got) co_return got.error();
        for (auto const piece : opened->pieces())
            a.body.append(reinterpret_cast<char const*>(piece.data()), piece.size());
        if (a.body.size() > largest_page_bytes) co_return broken("a page of more than 64 MiB");
    }
    co_return a;
}

error refused(answer const& a) {
    error e{errc::server_error, stage::response, "the bucket could not be listed"};
    e.http_status = a.status;
    simdjson::dom::parser parser;
    std::string_view message;
    if (parser.parse(a.body)["message"].get(message) == simdjson::SUCCESS) e.server_text = message;
    return e;
}

result<std::uint64_t> size_of(simdjson::dom::element entry) {
    std::string_view text;
    if (entry["size"].get(text) != simdjson::SUCCESS)
        return std::uint64_t{0};  // AIStore leaves out the size of empty objects
    std::uint64_t size = 0;
    auto const [end, code] = std::from_chars(text.data(), text.data() + text.size(), size);
    if (code != std::errc{} || end != text.data() + text.size()) return broken("a size that is no number");
    return size;
}

/// Appends a page's entries. Sizes are JSON strings (AIStore behaviour).
result<page> read_page(std::string const& body, std::vector<listed_object>& out) {
    simdjson::dom::parser parser;
    simdjson::dom::element document;
    if (parser.parse(body).get(document) != simdjson::SUCCESS) return broken("not JSON");
    page p;
    std::string_view text;
    if (document["uuid"].get(text) == simdjson::SUCCESS) p.uuid = text;
    if (document["continuation_token"].get(text) == simdjson::SUCCESS) p.token = text;
    simdjson::dom::array entries;
    if (document["entries"].get(entries) != simdjson::SUCCESS) return p;  // null: an empty page
    for (auto const entry : entries) {
        if (entry["name"].get(text) != simdjson::SUCCESS) return broken("an entry without a name");
        auto const size = size_of(entry);
        if (!size) return size.error();
        out.push_back({std::string(text), *size});
    }
    return p;
}

std::string page_request(page const& after) {
    std::string body = R"({"action":"list","value":{"uuid":)";
    append_json(body, after.uuid);
    body +=
        R"(,"prefix":"","props":"name,size","pagesize":)" + std::to_string(page_entries) + R"(,"continuation_token":)";
    append_json(body, after.token);
    return body + "}}";
}

result<http::url> address(std::string const& endpoint, std::string const& bucket) {
    auto to = http::parse_url(std::string_view(endpoint).substr(0, endpoint.find(',')));
    if (!to) return to;
    auto const [provider, name_space, name] = split_bucket(bucket);
    if (provider.empty() || name.empty() || name.starts_with('@') || name.find_first_of("/#") != name.npos)
        return error{errc::invalid_argument, stage::usage,
                     "'" + printable(bucket) + "' is not a bucket such as ais://train"};
    while (to->path.ends_with('/')) to->path.pop_back();
    to->path += "/v1/buckets/" + http::percent_encode(name);
    to->query = "provider=" + http::percent_encode(provider);
    if (!name_space.empty()) to->query += "&namespace=" + http::percent_encode(name_space);
    return to;
}

http::task<result<std::vector<listed_object>>> list(http::client& client, http::url to, std::string authorization) {
    std::vector<listed_object> objects;
    page at;
    do {
        http::request r;
        r.target = to;
        r.content_type = "application/json";
        r.body = std::make_shared<std::string const>(page_request(at));
        if (!authorization.empty()) r.extra.push_back({"Authorization", authorization});
        auto const a = co_await ask(client, std::move(r));
        if (!a) co_return a.error();
        if (a->status != 200) co_return refused(*a);
        auto next = read_page(a->body, objects);
        if (!next) co_return next.error();
        if (!next->token.empty() && next->token == at.token) co_return broken("the same page again and again");
        at = std::move(*next);
    } while (!at.token.empty());
    co_return objects;
}

}  // namespace

result<std::vector<listed_object>> list_bucket(engine_options const& engine, std::string const& bucket,
                                               std::stop_token stop) {
    auto const to = address(engine.endpoint, bucket);
    if (!to) return to.error();
    auto const token = authorization(engine.credentials);
    if (!token) return token.error();
    http::client_options options;
    options.tls = {engine.tls.ca_file, engine.tls.certificate_file, engine.tls.key_file, engine.tls.verify};
    boost::asio::io_context loop(1);
    slab_pool slabs(std::size_t{8} << 20);
    http::client client(loop.get_executor(), slabs, std::move(options));
    std::optional<result<std::vector<listed_object>>> came;
    std::exception_ptr thrown;
    boost::asio::co_spawn(loop, list(client, *to, *token), [&](std::exception_ptr e, auto r) {
        thrown = e;
        came = std::move(r);
        client.close();
    });
    std::stop_callback const on_stop(std::move(stop), [&] { boost::asio::post(loop, [&] { client.close(); }); });
    loop.run();
    if (thrown) std::rethrow_exception(thrown);
    return std::move(*came);
}

}  // namespace aisle::cli
