#include "inflate.hpp"

#include <aisle/codec/decompressor.hpp>

namespace aisle::codec {

std::unique_ptr<decompressor> make_inflater() {
#ifdef AISLE_HAS_ISAL
    return make_isal_inflater();
#else
    return make_zlib_inflater();
#endif
}

}  // namespace aisle::codec
