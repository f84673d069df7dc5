#include "object_listing.hpp"

#include "cluster_session.hpp"
#include "printable.hpp"

#include <simdjson.h>

#include <charconv>

namespace aisle::cli {
namespace {

constexpr int page_entries = 10'000;  // the most AIStore gives at once

struct page {
    std::string uuid;
    std::string token;
};

error broken(std::string text) {
    return {errc::bad_metadata, stage::metadata, "listing: " + std::move(text)};
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

http::task<result<std::vector<listed_object>>> list(cluster_session& session, bucket_address where) {
    std::vector<listed_object> objects;
    page at;
    do {
        auto r = session.to_proxy("GET", "/v1/buckets/" + where.name, where.query);
        r.content_type = "application/json";
        r.body = std::make_shared<std::string const>(page_request(at));
        auto const a = co_await session.ask(std::move(r));
        if (!a) co_return a.error();
        if (a->status != 200) co_return refusal_of(*a, "the bucket could not be listed");
        auto next = read_page(a->body, objects);
        if (!next) co_return next.error();
        if (!next->token.empty() && next->token == at.token) co_return broken("the same page again and again");
        at = std::move(*next);
    } while (!at.token.empty());
    co_return objects;
}

}  // namespace

result<std::vector<listed_object>> list_bucket(engine_options const& cluster, std::string const& bucket,
                                               std::stop_token stop) {
    auto const where = bucket_address_of(bucket);
    if (!where) return where.error();
    cluster_session session(cluster);
    return session.run(list(session, *where), std::move(stop));
}

}  // namespace aisle::cli
