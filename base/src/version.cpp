#include <aisle/version.hpp>

namespace aisle {

std::string_view version() noexcept {
    return AISLE_VERSION;
}

}  // namespace aisle
