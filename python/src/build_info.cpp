#include "build_info.hpp"

#include <boost/version.hpp>
#include <lz4frame.h>
#include <openssl/crypto.h>
#include <simdjson.h>
#include <zlib.h>
#include <zstd.h>

#include <string>
#include <xxhash.h>

namespace aisle::python {

nb::dict build_info() {
    nb::dict out;
    out["aisle"] = AISLE_VERSION;
    out["compiler"] = __VERSION__;
    out["python"] = PY_VERSION;
    out["openssl"] = OpenSSL_version(OPENSSL_VERSION);  // the one that runs, which may be newer than the one built with
    out["boost"] = BOOST_LIB_VERSION;
    out["simdjson"] = std::to_string(simdjson::SIMDJSON_VERSION_MAJOR) + '.' +
                      std::to_string(simdjson::SIMDJSON_VERSION_MINOR) + '.' +
                      std::to_string(simdjson::SIMDJSON_VERSION_REVISION);
    out["zlib"] = zlibVersion();
    out["zstd"] = ZSTD_versionString();
    out["lz4"] = std::to_string(LZ4F_getVersion());
    out["xxhash"] = std::to_string(XXH_versionNumber());
    return out;
}

}  // namespace aisle::python
