// Nodes that are sick, hang, are missing in the map, or have not started yet.

#include "../raw_client.hpp"

#include <catch2/catch.hpp>

#include <chrono>
#include <thread>

using namespace aisle;
using namespace aisle::test;
using namespace std::chrono_literals;

namespace {

std::string batch_of(std::string const& names, bool streaming = true, std::string const& more = "") {
    std::string entries;
    for (char const name : names)
        entries += (entries.empty() ? "" : ",") + std::string(R"({"objname":")") + name + "\"" + more + "}";
    return R"({"in":[)" + entries + R"(],"coer":true,"strm":)" + (streaming ? "true}" : "false}");
}

bool has(std::string const& text, std::string const& part) {
    return text.find(part) != std::string::npos;
}

struct with_fault : cluster_under_test {
    explicit with_fault(std::string const& faults, playground::server_options options = {})
        : cluster_under_test(with(std::move(options))) {
        create("b");
        put("b", "l", "0123456789");
        put("b", "r", "0123456789");
        server.set_faults(playground::fault_plan::parse(faults).value());
    }
    static playground::server_options with(playground::server_options options) {
        options.max_wait = 50ms;
        return options;
    }
    /// Whether this target has waited for an entry that another target does not send.
    bool has_waited(unsigned target) {
        return has(ask(target_urls.at(target) + "/v1/daemon?what=node_stats").body, "rxwait");
    }
    std::string map(std::string const& at) { return ask(at + "/v1/daemon?what=smap").body; }
};

std::chrono::nanoseconds time_of(auto const& what) {
    auto const begun = std::chrono::steady_clock::now();
    what();
    return std::chrono::steady_clock::now() - begun;
}

}  // namespace

TEST_CASE("A sick target waits for each entry of others, fetches five of them, and ends at the sixth") {
    with_fault home("sick-target@0");
    raw_answer answer;
    auto const took = time_of([&] { answer = home.batch_by(0, "b", batch_of("lrlr")); });
    CHECK(took >= 100ms);
    CHECK(names_of(answer.body) == "b/l b/r b/l b/r");
    // It fetches the whole object, whatever the range was.
    auto const ranged = home.batch_by(0, "b", batch_of("lr", true, R"(,"start":1,"length":2)"));
    CHECK(members_of(ranged.body) == std::vector<raw_member>{{"b/l", "12"}, {"b/r", "0123456789"}});

    auto const sixth = time_of([&] { answer = home.batch_by(0, "b", batch_of("lrrrrrrl")); });
    CHECK(sixth >= 300ms);
    CHECK(answer.status == 200);
    CHECK(answer.whole);
    CHECK(names_of(answer.body) == "b/l b/r b/r b/r b/r b/r");
    auto const in_parts = home.batch_by(0, "b", batch_of("lrrrrrrl", false));
    CHECK(in_parts.status == 400);
    CHECK(has(in_parts.body, R"("tcode":"errHole")"));
    CHECK(has(in_parts.body, "timed out waiting for missing entry at index 6"));

    // The other targets work, and so do the sick one's own objects.
    CHECK(names_of(home.batch_by(1, "b", batch_of("lrrrrrrl")).body) == "b/l b/r b/r b/r b/r b/r b/r b/l");
    CHECK(home.has_waited(0));
    CHECK(!home.has_waited(1));
    CHECK(ask_on(home.url("/v1/objects/b/l")).body == "0123456789");
}

TEST_CASE("A fetched entry that its owner lacks is named with its archpath, and ends a strict batch") {
    with_fault home("sick-target@0");
    auto const missing = batch_of("n", true, R"(,"archpath":"m")");
    CHECK(names_of(home.batch_by(0, "b", missing).body) == "__404__/b/n/m");
    std::string const strict = R"({"in":[{"objname":"l"},{"objname":"n"},{"objname":"l"}],"strm":)";
    CHECK(names_of(home.batch_by(0, "b", strict + "true}").body) == "b/l");
    CHECK(home.batch_by(0, "b", strict + "false}").status == 404);
    // Not where it is sent: strict mode is not enforced there.
    CHECK(names_of(home.batch_by(2, "b", strict + "true}").body) == "b/l __404__/b/n b/l");
    CHECK(home.batch_by(2, "b", strict + "false}").status == 200);
}

TEST_CASE("A target fetches objects that are only in the backend") {
    playground::server_options options;
    options.cold = {"ais://c"};
    with_fault home("sick-target@0", options);
    home.put("c", "r", "x");
    home.server.evict("ais://c");
    CHECK(names_of(home.batch_by(1, "c", batch_of("r")).body) == "__404__/c/r");
    CHECK(names_of(home.batch_by(0, "c", batch_of("r")).body) == "c/r");
    CHECK(names_of(home.batch_by(1, "c", batch_of("r")).body) == "c/r");
}

TEST_CASE("A dead target resets connections, and batches end at its entries") {
    with_fault home("");
    auto const to_dead = home.redirect_to(1, "b", batch_of("l"));
    home.server.set_faults(playground::fault_plan::parse("dead-target@1").value());
    CHECK(ask(to_dead, {.body = batch_of("l")}).status == 0);
    CHECK(ask(ask(home.url("/v1/objects/b/r")).location()).status == 0);
    int refused = 0;
    for (int i = 0; i < 40; ++i) {
        auto const answer = ask(home.url("/v1/ml/moss/b"), {.body = batch_of("lrl")});
        if (answer.status == 400) {
            ++refused;
            CHECK(has(answer.body, "ErrFailedTo"));
            continue;
        }
        if (i > 5) continue;
        raw_answer batch;
        CHECK(time_of([&] { batch = ask(answer.location(), {.body = batch_of("lrl")}); }) >= 50ms);
        CHECK(batch.whole);
        CHECK(names_of(batch.body) == "b/l");
    }
    CHECK(refused > 0);
    CHECK(has(home.map(home.server.endpoint()), home.server.targets()[1].id));
    home.server.set_faults({});
    CHECK(ask_on(home.url("/v1/objects/b/r")).body == "0123456789");
}

TEST_CASE("Entries of a lost target are missing until it is back") {
    with_fault home("");
    auto const lost = home.server.targets()[1].id;
    CHECK(has(home.map(home.server.endpoint()), R"("version":"4")"));
    home.server.set_faults(playground::fault_plan::parse("lost-target@1").value());
    auto const map = home.map(home.server.endpoint());
    CHECK(!has(map, lost));
    CHECK(has(map, R"("version":"5")"));
    for (int i = 0; i < 10; ++i) {
        auto const redirect = ask(home.url("/v1/ml/moss/b"), {.body = batch_of("lrl")});
        CHECK(!redirect.location().starts_with(home.target_urls[1]));
        CHECK(names_of(ask(redirect.location(), {.body = batch_of("lrl")}).body) == "b/l __404__/b/r b/l");
    }
    CHECK(ask_on(home.url("/v1/objects/b/r")).status == 404);
    CHECK(ask_on(home.url("/v1/objects/b/r"), {.method = "HEAD"}).status == 404);
    CHECK(ask_on(home.url("/v1/objects/b/l")).status == 200);
    home.server.set_faults({});
    CHECK(has(home.map(home.server.endpoint()), R"("version":"6")"));
    CHECK(ask_on(home.url("/v1/objects/b/r")).body == "0123456789");
}

TEST_CASE("A hung proxy does not respond, and is not in the map of the others") {
    playground::server_options options;
    options.proxy_hosts = {"127.0.0.1", "127.0.0.1"};
    with_fault home("", options);
    auto const proxies = home.server.proxies();
    auto const before = home.map(proxies[1].url);
    home.server.set_faults(playground::fault_plan::parse("hang-proxy@0").value());
    raw_connection hung(home.server.port());
    hung.send(request_text("/v1/health", {}));
    CHECK(!hung.closes_within(200ms));
    auto const after = home.map(proxies[1].url);
    CHECK(has(before, proxies[0].id));
    CHECK(!has(after, proxies[0].id));
    CHECK(has(before, R"("version":"5")"));
    CHECK(has(after, R"("version":"6")"));
    CHECK(names_of(ask_on(proxies[1].url + "/v1/ml/moss/b", {.body = batch_of("lr")}).body) == "b/l b/r");
    home.server.set_faults({});
    CHECK(ask(home.url("/v1/health")).status == 200);
    CHECK(has(home.map(proxies[1].url), R"("version":"7")"));
}

TEST_CASE("Targets refuse a proxy that is not in the map until it has joined again") {
    playground::server_options options;
    options.proxy_hosts = {"127.0.0.1", "127.0.0.1"};
    with_fault home("stranger-proxy@0x2", options);
    auto const proxies = home.server.proxies();
    for (int i = 0; i < 2; ++i) {
        auto const refused = ask(home.url("/v1/ml/moss/b"), {.body = batch_of("l")});
        CHECK(refused.status == 409);
        CHECK(has(refused.body,
                  ": sender " + proxies[0].id + " (p[" + proxies[0].id + "]) not present in the local Smap v6["));
        CHECK(has(refused.body, ", p=1]"));
        CHECK(has(refused.body, "\"node\":\"t["));
        if (i == 1) break;
        CHECK(has(home.map(proxies[0].url), proxies[0].id));  // its own map is old
        CHECK(!has(home.map(proxies[1].url), proxies[0].id));
        CHECK(ask_on(home.url("/v1/objects/b/l")).status == 200);
        CHECK(ask_on(proxies[1].url + "/v1/ml/moss/b", {.body = batch_of("l")}).status == 200);
    }
    CHECK(ask_on(home.url("/v1/ml/moss/b"), {.body = batch_of("l")}).status == 200);
    CHECK(has(home.map(proxies[1].url), proxies[0].id));
}

TEST_CASE("A starting cluster is healthy but refuses requests: first the proxy, then the targets") {
    using clock = std::chrono::steady_clock;
    bool is_first_seen = false;
    bool is_second_seen = false;
    // On a busy machine a phase may be over before its last answer. Then another server starts, more slowly.
    for (auto half = 1s; half < 30s && !(is_first_seen && is_second_seen); half *= 2) {
        playground::server server({.startup = 2 * half});
        auto const before = clock::now();
        server.start();
        auto const begun = clock::now();
        auto const url = server.endpoint();
        auto const create = [&](std::string const& bucket) {
            return ask(url + "/v1/buckets/" + bucket, {.method = "POST", .body = R"({"action":"create-bck"})"});
        };
        auto const status_of = [&](std::string const& path) { return ask(url + path).status; };
        auto const first = create("a");
        std::vector const in_first{status_of("/v1/health"), status_of("/v1/health?prr=true"),
                                   status_of("/v1/daemon?what=smap")};
        if (clock::now() < before + half) {
            is_first_seen = true;
            CHECK(first.status == 503);
            CHECK(has(first.body, "cluster is starting up"));
            CHECK(in_first == std::vector{200, 503, 503});
        }
        std::this_thread::sleep_until(begun + half);
        auto const second = create("b");
        auto const batch = ask(url + "/v1/ml/moss/b", {.body = batch_of("l")});
        std::vector const in_second{ask(server.targets()[0].url + "/v1/objects/b/x").status, batch.status,
                                    status_of("/v1/daemon?what=smap"), status_of("/v1/health?prr=true")};
        if (clock::now() < before + 2 * half) {
            is_second_seen = true;
            CHECK(second.status == 400);
            CHECK(has(second.body, ": cannot handle bucket request: Smap v0"));
            CHECK(has(second.body, "\"node\":\"t["));
            CHECK(in_second == std::vector{400, 400, 200, 503});
        }
        std::this_thread::sleep_until(begun + 2 * half);
        CHECK(create("c").status == 200);
        CHECK(status_of("/v1/health?prr=true") == 200);
    }
    CHECK(is_first_seen);
    CHECK(is_second_seen);
}
