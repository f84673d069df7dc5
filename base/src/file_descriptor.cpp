#include <aisle/base/file_descriptor.hpp>

#include <unistd.h>

namespace aisle::base {

bool file_descriptor::close() noexcept {
    int const fd = std::exchange(fd_, -1);
    return fd < 0 || ::close(fd) == 0;
}

}  // namespace aisle::base
