#pragma once

#include <cstddef>
#include <span>
#include <string>

struct evp_md_ctx_st;

namespace aisle::cli {

/// SHA-256 by OpenSSL (FIPS 180-4). One object hashes many payloads, one after the other. Throws std::runtime_error
/// when the library refuses.
class sha256 {
public:
    sha256();
    ~sha256();
    sha256(sha256 const&) = delete;
    sha256& operator=(sha256 const&) = delete;

    /// The digest of the runs one behind the other, as 64 lower-case hexadecimal digits.
    std::string digest(std::span<std::span<std::byte> const> runs);

private:
    evp_md_ctx_st* context_;
};

}  // namespace aisle::cli
