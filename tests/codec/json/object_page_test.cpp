#include <aisle/codec/json/object_page.hpp>

#include <catch2/catch.hpp>

using namespace aisle;
using namespace aisle::codec;

TEST_CASE("a page request has its flags as text and the page size as a number") {
    page_request asked;
    asked.uuid = "u";
    asked.token = "a\"b";
    asked.prefix = "p/";
    asked.props = "name,size";
    asked.flags = list_cached_only | list_members;
    asked.entries = 1000;
    CHECK(write_page_request(asked) ==
          R"({"action":"list","value":{"uuid":"u","prefix":"p/","props":"name,size","flags":"9",)"
          R"("continuation_token":"a\"b","pagesize":1000}})");
}

TEST_CASE("a page is parsed, with sizes as text and defaults for missing fields") {
    auto const page = read_object_page(
        R"({"uuid":"G4W","continuation_token":"s.tar/a","entries":[)"
        R"({"name":"a.txt","checksum":"e4c1","atime":"29 Nov 26","version":"1","location":"t[x]:mp[/d, vda]",)"
        R"("size":"6","flags":64},{"name":"s.tar","size":"10240","flags":576},{"name":"s.tar/a","flags":192}],)"
        R"("flags":1})");
    REQUIRE(page.has_value());
    CHECK(page->uuid == "G4W");
    CHECK(page->token == "s.tar/a");
    REQUIRE(page->entries.size() == 3);
    auto const& first = page->entries[0];
    CHECK(first.name == "a.txt");
    CHECK(first.size == 6);
    CHECK(first.checksum == "e4c1");
    CHECK(first.version == "1");
    CHECK(first.location == "t[x]:mp[/d, vda]");
    CHECK(first.flags == listed_entry::cached);
    CHECK(page->entries[1].flags == (listed_entry::cached | listed_entry::archive));
    CHECK(page->entries[2].flags == (listed_entry::cached | listed_entry::in_archive));
    CHECK(page->entries[2].size == 0);
}

TEST_CASE("an empty page is null, and anything that is not a page is rejected") {
    CHECK(read_object_page(R"({"uuid":"u","continuation_token":"","entries":null,"flags":0})")->entries.empty());
    for (auto const* text : {"", "null", "[]", "{}", R"({"uuid":"u"})", R"({"entries":{}})", R"({"entries":[{}]})",
                             R"({"entries":[{"name":""}]})", R"({"entries":[{"name":"a","size":6}]})",
                             R"({"entries":[{"name":"a","size":""}]})", R"({"entries":[{"name":"a","size":"-1"}]})",
                             R"({"entries":[{"name":"a","flags":"64"}]})", R"({"entries":[{"name":"a"}]} x)",
                             R"({"entries":[{"name":"a"})"}) {
        INFO(text);
        auto const page = read_object_page(text);
        REQUIRE(page.has_error());
        CHECK(page.error().code == errc::bad_metadata);
    }
}
