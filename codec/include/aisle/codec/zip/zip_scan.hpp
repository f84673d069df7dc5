#pragma once

#include <aisle/codec/zip/zip_records.hpp>

#include <array>
#include <cstddef>
#include <cstdint>
#include <span>

namespace aisle::codec {

/// Finds the end of a stored payload whose size follows it in the data descriptor (APPNOTE 4.3.9).
///
/// Bytes count as the descriptor only if the CRC and both sizes match all payload bytes before it, and if another
/// header follows. So a payload that is itself a zip archive is read to its end. A deliberate forgery that passes these
/// checks is detected when the central directory is read.
///
/// No bytes are held back: those at the end of an input that may start a descriptor are handed out as payload, and
/// taken back if the next input shows that they are not.
/// \code
///   input n    payload payload payload PK\7\8 crc4       all of it handed out
///   input n+1  size size PK\3\4 ...                      skip 8, take back 8
/// \endcode
class zip_scan {
public:
    struct step {
        std::size_t data = 0;       ///< bytes at the start of the input that are, or may be, payload
        bool ended = false;         ///< the payload is complete; the following members are set
        std::size_t take_back = 0;  ///< bytes of earlier inputs that turned out not to be payload
        std::size_t skip = 0;       ///< bytes of the descriptor, after `data`
        /// The last bytes of earlier inputs, which are the start of the next header. Valid until begin().
        std::span<std::byte const> overrun;
    };

    /// Starts another payload.
    void begin() noexcept;
    /// Scans the next bytes. Precondition: not empty, and the payload has not ended.
    step scan(std::span<std::byte const> input) noexcept;

    /// CRC and size of the payload. Only valid when it has ended.
    zip_measures measured() const noexcept { return {crc_, size_, size_}; }

private:
    // The longest descriptor, and the signature that must follow it.
    static constexpr std::size_t longest = zip_descriptor_bytes + zip_signature_bytes;

    bool resolve_tail(std::span<std::byte const> input, step& out) noexcept;
    void pass(std::span<std::byte const> bytes) noexcept;

    std::uint32_t crc_ = 0;   // of the payload before tail_
    std::uint64_t size_ = 0;  // of the payload before tail_
    std::size_t tail_bytes_ = 0;
    std::array<std::byte, 2 * longest> tail_;  // handed out, but may be a descriptor; with space for the next bytes
};

}  // namespace aisle::codec
