#include <aisle/codec/json/node_stats.hpp>

#include <catch2/catch.hpp>

using namespace aisle;
using namespace aisle::codec;

namespace {

std::string snode(std::string const& id, std::string const& port) {
    return R"({"public_net":{"node_ip_addr":"10.0.0.7","daemon_port":")" + port +
           R"(","direct_url":"http://10.0.0.7:)" + port +
           R"("},"intra_data_net":{"direct_url":"http://10.1.0.7:1"},"daemon_type":"target","daemon_id":")" + id +
           R"(","flags":0})";
}

std::string target(std::string const& id, std::string const& port, std::string const& tracker) {
    return '"' + id + R"(":{"snode":)" + snode(id, port) + R"(,"tracker":)" + tracker +
           R"(,"capacity":{"mountpaths":{"/a":{"used":1}},"pct_max":5}})";
}

std::string answer(std::string const& targets) {
    return R"({"proxy":{"snode":)" + snode("p1", "51080") + R"(,"tracker":{"getbatch.n":7}},"target":)" + targets + "}";
}

}  // namespace

TEST_CASE("statistics of targets are read by AIStore's names, in order of the targets' ids") {
    auto const read = read_node_stats(
        answer("{" +
               target("t2", "51082",
                      R"({"disk.vda.util":6,"getbatch.n":12,"getbatch.rxwait.ns":9000000000123,"err.getbatch.n":1})") +
               "," + target("t1", "51081", R"({"get.n":3})") + "}"));
    REQUIRE(read.has_value());
    REQUIRE(read->size() == 2);
    auto const& [first, second] = std::pair((*read)[0], (*read)[1]);
    CHECK(first.id == "t1");
    CHECK(first.url == "http://10.0.0.7:51081");
    CHECK(first.values.empty());
    CHECK(second.id == "t2");
    CHECK(second.values == decltype(second.values){
                               {"err.getbatch.n", 1}, {"getbatch.n", 12}, {"getbatch.rxwait.ns", 9'000'000'000'123}});
}

TEST_CASE("a cluster without targets has no statistics, which is not an error") {
    CHECK(read_node_stats(answer("{}"))->empty());
    CHECK(read_node_stats(answer("null"))->empty());
    CHECK(read_node_stats(answer("{" + target("t1", "1", "null") + "}"))->front().values.empty());
}

TEST_CASE("a negative count is read as 0") {
    auto const read = read_node_stats(answer("{" + target("t1", "1", R"({"getbatch.n":-4})") + "}"));
    CHECK(read->front().values.at("getbatch.n") == 0);
}

TEST_CASE("an answer that is not cluster statistics is refused") {
    for (std::string const& text :
         {std::string(R"({"pmap":{}})"), std::string("[]"), std::string("no JSON"), std::string(),
          answer(R"({"t1":{"snode":)" + snode("t1", "1") + "}}"), answer(R"({"t1":{"tracker":{}}})"),
          answer(R"({"t1":{"snode":{},"tracker":{}}})"),
          answer("{" + target("t1", "1", R"({"getbatch.n":"12"})") + "}"), answer("{}") + "x"}) {
        auto const read = read_node_stats(text);
        INFO(text);
        REQUIRE(!read);
        CHECK(read.error().code == errc::bad_metadata);
        CHECK(read.error().where == stage::metadata);
    }
}
