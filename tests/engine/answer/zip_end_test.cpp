// A streamed zip that ends early: its last member may be cut, with a matching CRC, so another response must prove it.
#include "../cluster_fixture.hpp"

#include <catch2/catch.hpp>

#include <atomic>
#include <cstddef>
#include <http/scripted_server.hpp>
#include <string>
#include <string_view>
#include <support/zip_builder.hpp>
#include <vector>

using namespace aisle;
using namespace aisle::test;
using http::test::answer_of;

namespace {

constexpr std::size_t cut_member = 1;

zip_member member(std::size_t i) {
    auto const name = "object-" + std::to_string(i);
    return {.name = "b/" + name, .data = i == cut_member ? "cut" : name, .sizes = zip_sizes::in_descriptor};
}

/// A node that cannot read object-1 to its end. Like AIStore's targets it sends what it could read as a member with a
/// matching CRC, and then ends the archive; or, in its first response, stalls.
struct cutting_node {
    void serve(http::test::peer& p) {
        for (auto r = p.read_request(); !r.empty(); r = p.read_request())
            if (!answer(p, r)) return;
    }

    bool answer(http::test::peer& p, std::string const& request) {
        auto const head = std::string_view(request).substr(0, request.find("\r\n"));
        if (head.find("/v1/daemon") != head.npos) return p.send(answer_of("{}", 404));
        if (head.find("/v1/objects/b/object-1") != head.npos)
            return p.send(answer_of(R"({"message":"failed to read object-1: unexpected EOF"})", 400));
        if (auto const at = head.find("/v1/objects/b/"); at != head.npos)
            return p.send(answer_of(head.substr(at + 14, 8)));
        if (head.find("tid=") == head.npos)
            return p.send(answer_of("", 307, "Location: " + server.url("/v1/ml/moss/b?provider=ais&tid=t") + "\r\n"));
        zip_builder zip;
        for (std::size_t i = 0; i < 3; ++i)
            if (request.find("\"object-" + std::to_string(i) + '"') != request.npos) {
                zip.add(member(i));
                if (i == cut_member) break;
            }
        std::string const type = "Content-Type: application/zip\r\n";
        if (responses++ > 0 || !stalls) return p.send(answer_of(zip.archive(), 200, type));
        p.send("HTTP/1.1 200 OK\r\n" + type + "Content-Length: 10000\r\n\r\n" + zip.local());
        p.wait_for_close();
        return false;
    }

    bool stalls = false;
    std::atomic<int> responses{0};
    http::test::scripted_server server{[this](http::test::peer& p) { serve(p); }};
};

}  // namespace

TEST_CASE("the member before the early end of a streamed zip is not delivered, though it is the last of a retry") {
    cutting_node node;
    SECTION("the archive ends after it") {}
    SECTION("the response stalls after it") {
        node.stalls = true;
    }
    engine_options o;
    o.endpoint = node.server.url();
    engine e(o);
    batch b{"ais://b"};
    for (int i = 0; i < 3; ++i) b.add("object-" + std::to_string(i));
    stream_options how;
    how.output_format = ".zip";
    how.retry.elapsed = how.retry.unreached = std::chrono::seconds(60);
    std::vector<std::string> got;
    auto const total = e.stream(b, how, [&](sample const& s) {
        if (!s.delivered()) {
            got.emplace_back(to_string(s.status()));
            return;
        }
        auto const bytes = s.bytes();
        got.emplace_back(reinterpret_cast<char const*>(bytes.data()), bytes.size());
    });
    REQUIRE(total.has_value());
    CHECK(got == std::vector<std::string>{"object-0", "failed", "object-2"});
}
