#include <aisle/base/utf8.hpp>

namespace aisle::base {

std::size_t utf8_sequence_bytes(std::string_view text) noexcept {
    auto const at = [text](std::size_t i) { return static_cast<unsigned char>(text[i]); };
    if (text.empty()) return 0;
    unsigned char const lead = at(0);
    if (lead < 0x80) return 1;
    std::size_t const size = lead >= 0xf0 ? 4 : lead >= 0xe0 ? 3 : 2;
    if (lead < 0xc2 || lead > 0xf4 || text.size() < size) return 0;
    // The range of the second byte excludes overlong forms, surrogates and values above U+10FFFF.
    unsigned char const low = lead == 0xe0 ? 0xa0 : lead == 0xf0 ? 0x90 : 0x80;
    unsigned char const high = lead == 0xed ? 0x9f : lead == 0xf4 ? 0x8f : 0xbf;
    if (at(1) < low || at(1) > high) return 0;
    for (std::size_t i = 2; i < size; ++i)
        if ((at(i) & 0xc0) != 0x80) return 0;
    return size;
}

}  // namespace aisle::base
