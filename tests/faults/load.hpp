#pragma once

#include <catch2/catch.hpp>

#include <cstdint>
#include <cstdlib>
#include <string>
#include <support/shell.hpp>

namespace aisle::test {

#ifdef NDEBUG
inline constexpr bool optimised = true;
#else
inline constexpr bool optimised = false;  // under sanitizers, whose shadow memory counts
#endif

/// The output of load_client, which runs in a separate process.
struct load {
    std::string line;
    std::uint64_t of(std::string const& key) const {
        auto const at = line.find("\"" + key + "\":");
        REQUIRE(at != std::string::npos);
        return std::strtoull(line.c_str() + at + key.size() + 3, nullptr, 10);
    }
};

/// arguments: see load_client.cpp.
inline load run_load(std::string const& endpoint, std::string const& arguments) {
    int status = 0;
    load const out{output_of(AISLE_LOAD_CLIENT " endpoint=" + endpoint + " " + arguments, status)};
    INFO(out.line);
    CHECK(status == 0);
    return out;
}

}  // namespace aisle::test
