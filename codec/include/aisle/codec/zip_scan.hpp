#pragma once

#include <aisle/codec/zip_records.hpp>

#include <array>
#include <cstddef>
#include <cstdint>
#include <span>

namespace aisle::codec {

/// Finds the end of a stored payload whose size stands behind it, in the data descriptor (APPNOTE 4.3.9).
///
/// A descriptor is one only if its CRC is that of all payload bytes before it, if both its sizes are their number, and
/// if another header follows; so a payload that is itself a zip archive is read to its end. What a forger can still do
/// shows when the central directory is read.
///
/// Bytes are not held back: those at the end of an input that may begin a descriptor are payload until the next input
/// proves them something else.
/// \code
///   input n    payload payload payload PK\7\8 crc4       all of it handed out
///   input n+1  size size PK\3\4 ...                      skip 8, take back 8
/// \endcode
class zip_scan {
public:
    struct step {
        std::size_t data = 0;       ///< so many bytes at the input's beginning are payload, or may turn out to be
        bool ended = false;         ///< the payload is whole, and the following is known
        std::size_t take_back = 0;  ///< bytes of earlier inputs that were not payload after all
        std::size_t skip = 0;       ///< bytes of the descriptor, behind `data`
        /// The last bytes of earlier inputs: they are the beginning of the next header. Good until begin().
        std::span<std::byte const> overrun;
    };

    /// Another payload begins.
    void begin() noexcept;
    /// Looks at the bytes that come next. Precondition: not empty, and the payload has not ended.
    step look(std::span<std::byte const> input) noexcept;

    /// CRC and size of the payload. Only when it has ended.
    zip_measures measured() const noexcept { return {crc_, size_, size_}; }

private:
    // A descriptor of its longest form, and the signature that must follow it.
    static constexpr std::size_t longest = zip_descriptor_bytes + zip_signature_bytes;

    bool resolve_tail(std::span<std::byte const> input, step& out) noexcept;
    void pass(std::span<std::byte const> bytes) noexcept;

    std::uint32_t crc_ = 0;   // of the payload before tail_
    std::uint64_t size_ = 0;  // likewise
    std::size_t tail_bytes_ = 0;
    std::array<std::byte, 2 * longest> tail_;  // handed out, but may be a descriptor; and room for what comes next
};

}  // namespace aisle::codec
