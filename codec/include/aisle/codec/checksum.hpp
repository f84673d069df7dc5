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

/// CRC-32 of zip and gzip (RFC 1952, section 8), continued from the CRC of the bytes before; 0 to begin.
std::uint32_t crc32(std::uint32_t crc, std::span<std::byte const> bytes) noexcept;

/// Checksums that AIStore keeps of objects, under its names ("Ais-Checksum-Type").
enum class checksum_type : std::uint8_t {
    xxhash,  ///< "xxhash", and "xxhash2" which is the same by another library: XXH64
    crc32c,  ///< "crc32c": Castagnoli
    md5,     ///< "md5"
    sha256,  ///< "sha256"
    sha512   ///< "sha512"
};

/// The type of an AIStore name; nothing for an unknown one.
std::optional<checksum_type> checksum_type_of(std::string_view name) noexcept;
std::string_view to_string(checksum_type type) noexcept;
/// Digits of its value as AIStore writes it, in lower-case hexadecimal.
std::size_t checksum_digits(checksum_type type) noexcept;

/// Whether this host can compute it: OpenSSL may be configured without, as FIPS is without MD5. errc::no_such_checksum
/// at stage::usage says what and why.
result<void> check_available(checksum_type type);

/// A checksum of bytes that come piece by piece. Not thread-safe. One that was moved from can only be assigned to or
/// thrown away.
class hasher {
public:
    /// Throws exception with what check_available() says, where it is not available.
    explicit hasher(checksum_type type);
    /// As the constructor; nothing is thrown but std::bad_alloc.
    static result<hasher> make(checksum_type type);
    hasher(hasher&&) noexcept;
    hasher& operator=(hasher&&) noexcept;
    ~hasher();

    void update(std::span<std::byte const> bytes) noexcept;
    /// The value of all bytes so far, as AIStore's "Ais-Checksum-Value" has it; begins anew.
    std::string finish();

private:
    struct state;
    explicit hasher(std::unique_ptr<state> s) noexcept;

    std::unique_ptr<state> state_;
};

}  // namespace aisle::codec
