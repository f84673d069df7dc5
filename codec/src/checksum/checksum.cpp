#include "crc.hpp"
#include "hex.hpp"

#include <aisle/codec/checksum/checksum.hpp>
#include <aisle/error.hpp>

#include <openssl/err.h>
#include <openssl/evp.h>

#include <array>
#include <new>
#include <utility>
#include <variant>
#include <xxhash.h>

namespace aisle::codec {
namespace {

struct known_checksum {
    std::string_view name;
    checksum_type type;
    std::size_t digits;
};

// From AIStore's cmn/cos/cksum.go. The first name of a type is the one to_string() returns.
constexpr known_checksum known_checksums[] = {
    {"xxhash", checksum_type::xxhash, 16}, {"xxhash2", checksum_type::xxhash, 16},
    {"crc32c", checksum_type::crc32c, 8},  {"md5", checksum_type::md5, 32},
    {"sha256", checksum_type::sha256, 64}, {"sha512", checksum_type::sha512, 128},
};

known_checksum const& known(checksum_type type) noexcept {
    for (auto const& k : known_checksums)
        if (k.type == type) return k;
    return known_checksums[0];
}

struct algorithm_deleter {
    void operator()(EVP_MD* a) const noexcept { EVP_MD_free(a); }
};
using algorithm = std::unique_ptr<EVP_MD, algorithm_deleter>;

// Null if OpenSSL does not have it, or is not allowed to use it.
algorithm algorithm_of(checksum_type type) noexcept {
    char const* name = nullptr;
    switch (type) {
        case checksum_type::md5: name = "MD5"; break;
        case checksum_type::sha256: name = "SHA256"; break;
        case checksum_type::sha512: name = "SHA512"; break;
        case checksum_type::xxhash:
        case checksum_type::crc32c: return nullptr;
    }
    algorithm found(EVP_MD_fetch(nullptr, name, nullptr));
    if (!found) ERR_clear_error();
    return found;
}

bool is_openssls(checksum_type type) noexcept {
    return type != checksum_type::xxhash && type != checksum_type::crc32c;
}

error unavailable(checksum_type type) {
    return {errc::no_such_checksum, stage::usage,
            "OpenSSL on this host does not provide " + std::string(to_string(type)) +
                " (MD5 is not available in FIPS mode): expect a different checksum type, or none"};
}

class xxh64 {
public:
    xxh64() : state_(XXH64_createState()) {
        if (!state_) throw std::bad_alloc();
        begin();
    }
    void update(std::span<std::byte const> bytes) noexcept {
        if (!bytes.empty()) XXH64_update(state_.get(), bytes.data(), bytes.size());
    }
    std::string finish() {
        auto const sum = static_cast<std::uint64_t>(XXH64_digest(state_.get()));
        begin();
        return hex_of(sum);
    }

private:
    struct deleter {
        void operator()(XXH64_state_t* s) const noexcept { XXH64_freeState(s); }
    };
    void begin() noexcept { XXH64_reset(state_.get(), 0); }

    std::unique_ptr<XXH64_state_t, deleter> state_;
};

class castagnoli {
public:
    void update(std::span<std::byte const> bytes) noexcept { crc_ = crc32c(crc_, bytes); }
    std::string finish() { return hex_of(std::exchange(crc_, 0)); }

private:
    std::uint32_t crc_ = 0;
};

class digest {
public:
    explicit digest(algorithm of) : algorithm_(std::move(of)), context_(EVP_MD_CTX_new()) {
        if (!context_ || EVP_DigestInit_ex(context_.get(), algorithm_.get(), nullptr) != 1) throw std::bad_alloc();
    }
    void update(std::span<std::byte const> bytes) noexcept {
        EVP_DigestUpdate(context_.get(), bytes.data(), bytes.size());
    }
    std::string finish() {
        std::array<unsigned char, EVP_MAX_MD_SIZE> bytes{};
        unsigned size = 0;
        EVP_DigestFinal_ex(context_.get(), bytes.data(), &size);
        EVP_DigestInit_ex(context_.get(), algorithm_.get(), nullptr);
        return hex_of(std::as_bytes(std::span(bytes)).first(size));
    }

private:
    struct deleter {
        void operator()(EVP_MD_CTX* c) const noexcept { EVP_MD_CTX_free(c); }
    };

    algorithm algorithm_;
    std::unique_ptr<EVP_MD_CTX, deleter> context_;
};

}  // namespace

struct hasher::state {
    std::variant<castagnoli, xxh64, digest> by;
};

std::optional<checksum_type> checksum_type_of(std::string_view name) noexcept {
    for (auto const& k : known_checksums)
        if (k.name == name) return k.type;
    return std::nullopt;
}

std::string_view to_string(checksum_type type) noexcept {
    return known(type).name;
}

std::size_t checksum_digits(checksum_type type) noexcept {
    return known(type).digits;
}

result<void> check_available(checksum_type type) {
    if (is_openssls(type) && !algorithm_of(type)) return unavailable(type);
    return {};
}

result<hasher> hasher::make(checksum_type type) {
    auto made = std::make_unique<state>();
    if (type == checksum_type::xxhash) {
        made->by.emplace<xxh64>();
    } else if (is_openssls(type)) {
        auto found = algorithm_of(type);
        if (!found) return unavailable(type);
        made->by.emplace<digest>(std::move(found));
    }
    return hasher(std::move(made));
}

hasher::hasher(std::unique_ptr<state> s) noexcept : state_(std::move(s)) {}

hasher::hasher(checksum_type type) {
    auto made = make(type);
    if (!made) throw exception(made.error());
    *this = std::move(*made);
}

hasher::hasher(hasher&&) noexcept = default;
hasher& hasher::operator=(hasher&&) noexcept = default;
hasher::~hasher() = default;

void hasher::update(std::span<std::byte const> bytes) noexcept {
    std::visit([&](auto& by) { by.update(bytes); }, state_->by);
}

std::string hasher::finish() {
    return std::visit([](auto& by) { return by.finish(); }, state_->by);
}

}  // namespace aisle::codec
