#include "build_info.hpp"

#include <aisle/version.h>

#include <boost/version.hpp>
#include <lz4.h>
#include <openssl/crypto.h>
#include <simdjson.h>
#include <zlib.h>
#include <zstd.h>

#include <string>
#include <xxhash.h>

#ifdef AISLE_HAS_ISAL
#include <isa-l.h>
#endif

namespace aisle::python {
namespace {

std::string version(unsigned major, unsigned minor, unsigned patch) {
    return std::to_string(major) + '.' + std::to_string(minor) + '.' + std::to_string(patch);
}

}  // namespace

nb::dict build_info() {
    nb::dict out;
    out["aisle"] = AISLE_VERSION;
    out["compiler"] = __VERSION__;
    out["python"] = PY_VERSION;
    out["openssl"] = OpenSSL_version(OPENSSL_VERSION);  // at run time, possibly newer than at build time
    out["boost"] = BOOST_LIB_VERSION;
    out["simdjson"] = version(simdjson::SIMDJSON_VERSION_MAJOR, simdjson::SIMDJSON_VERSION_MINOR,
                              simdjson::SIMDJSON_VERSION_REVISION);
#ifdef AISLE_HAS_ISAL
    out["isa-l"] = version(ISAL_MAJOR_VERSION, ISAL_MINOR_VERSION, ISAL_PATCH_VERSION);
#endif
    out["zlib"] = zlibVersion();
    out["zstd"] = ZSTD_versionString();
    out["lz4"] = LZ4_versionString();
    auto const xxhash = XXH_versionNumber();  // 801 is 0.8.1
    out["xxhash"] = version(xxhash / 10'000, xxhash / 100 % 100, xxhash % 100);
    return out;
}

}  // namespace aisle::python
