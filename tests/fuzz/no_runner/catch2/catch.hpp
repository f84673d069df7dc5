#pragma once

#include <cstdio>
#include <cstdlib>
#include <sstream>

// What tests/support asks of Catch2, for programs that have no test runner: a broken promise ends the program, which is
// what a fuzzer looks for.

namespace aisle::fuzz {

[[noreturn]] inline void broken(char const* file, int line, std::string const& what) {
    std::fprintf(stderr, "%s:%d: ", file, line);
    std::fwrite(what.data(), 1, what.size(), stderr);
    std::fputc('\n', stderr);
    std::abort();
}

}  // namespace aisle::fuzz

#define FAIL(what) aisle::fuzz::broken(__FILE__, __LINE__, (std::ostringstream() << what).str())
#define REQUIRE(promise) ((promise) ? void() : aisle::fuzz::broken(__FILE__, __LINE__, "not so: " #promise))
#define INFO(what) static_cast<void>(0)
