#include "../raw_client.hpp"

#include <catch2/catch.hpp>

using namespace aisle;
using namespace aisle::test;

TEST_CASE("With a token set, the proxy requires it for all requests except health, and targets do not") {
    playground::server server({.made_up = playground::synthetic{}, .token = "se.cr-et"});
    server.start();
    std::string const json = R"({"in":[{"objname":"sample-00000000"}],"mime":".tar","strm":true})";
    auto const batch = [&](std::string const& fields) {
        return ask(server.endpoint() + "/v1/ml/moss/synthetic?provider=ais", {.body = json, .fields = fields});
    };
    auto const bearer = [](std::string const& token) { return "Authorization: Bearer " + token + "\r\n"; };
    for (auto const& fields :
         {std::string(), bearer("wrong"), bearer(""), std::string("Authorization: se.cr-et\r\n")}) {
        auto const refused = batch(fields);
        CHECK(refused.status == 401);
        CHECK(refused.field("Content-Type") == "application/json");
        CHECK(refused.body.find(fields.empty() ? "\"message\":\"token required\"" : "\"message\":\"invalid token\"") !=
              std::string::npos);
        CHECK(refused.body.find("se.cr-et") == std::string::npos);
    }
    for (auto const* path : {"/v1/daemon?what=smap", "/v1/objects/synthetic/sample-00000000?provider=ais",
                             "/v1/buckets/synthetic?provider=ais"})
        CHECK(ask(server.endpoint() + path).status == 401);
    CHECK(ask(server.endpoint() + "/v1/health").status == 200);

    auto const allowed = batch(bearer("se.cr-et"));
    REQUIRE(allowed.status == 307);
    CHECK(ask(allowed.location(), {.body = json}).status == 200);

    server.set_token("another");
    CHECK(batch(bearer("se.cr-et")).status == 401);
    CHECK(batch(bearer("another")).status == 307);
    server.set_token("");
    CHECK(batch("").status == 307);
}
