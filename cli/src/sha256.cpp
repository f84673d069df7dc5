#include "sha256.hpp"

#include <openssl/evp.h>

#include <array>
#include <stdexcept>

namespace aisle::cli {
namespace {

void require(int ok) {
    if (ok != 1) throw std::runtime_error("OpenSSL refuses to compute SHA-256");
}

}  // namespace

sha256::sha256() : context_(EVP_MD_CTX_new()) {
    if (!context_) throw std::bad_alloc();
}

sha256::~sha256() {
    EVP_MD_CTX_free(context_);
}

std::string sha256::digest(std::span<std::span<std::byte> const> runs) {
    static constexpr char hex[] = "0123456789abcdef";
    std::array<unsigned char, EVP_MAX_MD_SIZE> bytes{};
    unsigned size = 0;
    require(EVP_DigestInit_ex(context_, EVP_sha256(), nullptr));
    for (auto const run : runs) require(EVP_DigestUpdate(context_, run.data(), run.size()));
    require(EVP_DigestFinal_ex(context_, bytes.data(), &size));
    std::string text;
    text.reserve(2 * size);
    for (unsigned i = 0; i < size; ++i) {
        text += hex[bytes[i] >> 4];
        text += hex[bytes[i] & 15];
    }
    return text;
}

}  // namespace aisle::cli
