#pragma once

#include <aisle/result.hpp>

#include <cstddef>
#include <cstdint>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>

namespace aisle::codec {

/// CRC-32 of zip and gzip (RFC 1952, section 8). crc: the CRC of the preceding bytes; 0 to start.
std::uint32_t crc32(std::uint32_t crc, std::span<std::byte const> bytes) noexcept;

/// Checksums that AIStore stores for objects, by AIStore's names ("Ais-Checksum-Type").
enum class checksum_type : std::uint8_t {
    xxhash,  ///< "xxhash", and "xxhash2", the same function from another library: XXH64
    crc32c,  ///< "crc32c": Castagnoli
    md5,     ///< "md5"
    sha256,  ///< "sha256"
    sha512   ///< "sha512"
};

/// The type with this AIStore name; nothing if it is unknown.
std::optional<checksum_type> checksum_type_of(std::string_view name) noexcept;
std::string_view to_string(checksum_type type) noexcept;
/// Number of lower-case hexadecimal digits in its value.
std::size_t checksum_digits(checksum_type type) noexcept;

/// Whether this host can compute it. OpenSSL may lack an algorithm: in FIPS mode it has no MD5. The error is
/// errc::no_such_checksum at stage::usage, with the name and the reason.
result<void> check_available(checksum_type type);

/// Computes a checksum piece by piece. Not thread-safe. After a move, the source can only be assigned to or destroyed.
class hasher {
public:
    /// Throws aisle::exception with the error of check_available() if the type is not available.
    explicit hasher(checksum_type type);
    /// Like the constructor, but throws nothing except std::bad_alloc.
    static result<hasher> make(checksum_type type);
    hasher(hasher&&) noexcept;
    hasher& operator=(hasher&&) noexcept;
    ~hasher();

    void update(std::span<std::byte const> bytes) noexcept;
    /// The value of all bytes so far, in the form of AIStore's "Ais-Checksum-Value"; then starts over.
    std::string finish();

private:
    struct state;
    explicit hasher(std::unique_ptr<state> s) noexcept;

    std::unique_ptr<state> state_;
};

}  // namespace aisle::codec
