#include <aisle/base/file_descriptor.hpp>

#include <catch2/catch.hpp>

#include <cerrno>
#include <fcntl.h>
#include <utility>

using aisle::base::file_descriptor;

namespace {

file_descriptor open_something() {
    return file_descriptor(open("/dev/null", O_RDONLY | O_CLOEXEC));
}

bool is_open(int fd) {
    return fcntl(fd, F_GETFD) >= 0;
}

}  // namespace

TEST_CASE("a file descriptor is closed with its owner") {
    int fd = -1;
    {
        auto const owner = open_something();
        REQUIRE(owner);
        fd = owner.get();
        CHECK(is_open(fd));
    }
    CHECK_FALSE(is_open(fd));
}

TEST_CASE("moving hands the file descriptor over, and assigning closes the one before") {
    auto first = open_something();
    auto second = open_something();
    int const replaced = second.get();
    int const kept = first.get();
    second = std::move(first);
    CHECK_FALSE(first);
    CHECK(second.get() == kept);
    CHECK(is_open(kept));
    CHECK_FALSE(is_open(replaced));
}

TEST_CASE("closing reports errors, and closes once") {
    auto open = open_something();
    CHECK(open.close());
    CHECK_FALSE(open);
    CHECK(open.close());
    file_descriptor none(1 << 20);
    errno = 0;
    CHECK_FALSE(none.close());
    CHECK(errno == EBADF);
}
