#pragma once

#include <aisle/error.hpp>
#include <aisle/result.hpp>

#include <cassert>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace aisle::codec {

/// True when a Content-Type value is multipart/anything.
bool is_multipart(std::string_view content_type) noexcept;

/// The boundary parameter of a multipart Content-Type, quoted or not (RFC 2045, section 5.1; RFC 2046, section 5.1.1).
/// errc::wrong_content_type when the type is not multipart, errc::bad_multipart when the boundary is missing, given
/// twice, longer than 70 characters or not of the allowed ones.
result<std::string> multipart_boundary(std::string_view content_type);

/// \code
///   need_input* ( part_begin ( part_data | need_input )* part_end )* end
/// \endcode
/// or `error` at any point.
enum class multipart_event_kind : std::uint8_t {
    need_input,  ///< everything fed is consumed: feed() more, or finish()
    part_begin,  ///< the part's fields are known; choose read_raw() now or never
    part_data,   ///< some of its content
    part_end,    ///< its closing boundary was seen
    end,         ///< the last boundary was seen
    error        ///< failure() tells; the reader can only be thrown away
};

/// `data` is for part_data only, never empty. It lies in the bytes last fed, or, for a few bytes that looked like the
/// start of a boundary at the end of an earlier input, in the reader itself: use it before the next call.
struct multipart_event {
    multipart_event_kind kind;
    std::span<std::byte const> data;
};

/// One field of a part's head.
struct part_field {
    std::string name;
    std::string value;  ///< unfolded, without blanks around it
};

/// Reads a multipart body as it arrives (RFC 2046, section 5.1), the same events whatever the split.
///
/// A part is read in one of two ways. By default its end is searched for. After read_raw() nothing is searched and
/// nothing copied: all that is fed comes back as part_data, until the caller, whose archive reader knows where the
/// archive ends, calls body_ended(); the boundary must follow right there.
///
/// Preamble and epilogue are passed over (64 KiB each at most), as are a part's fields beyond the limit refused.
/// Not thread-safe. Not movable: part_data may point into it.
class multipart_reader {
public:
    /// Most bytes of fields a part may have, and of preamble and epilogue.
    static constexpr std::size_t max_head_bytes = 64 * 1024;

    /// boundary: as multipart_boundary() returns it, without the leading "--".
    explicit multipart_reader(std::string_view boundary);
    multipart_reader(multipart_reader const&) = delete;
    multipart_reader& operator=(multipart_reader const&) = delete;

    /// Gives the next bytes of the body. Precondition: next() said need_input, or nothing was fed yet. The bytes must
    /// stay in place until next() says need_input again.
    void feed(std::span<std::byte const> input) noexcept;
    /// No more input will come: running out of it before the last boundary is errc::truncated_multipart.
    void finish() noexcept { finished_ = true; }
    /// After `end`, call on to pass over the epilogue: it asks for input until finish(), then says `end` again.
    multipart_event next();

    /// Hands the content of this part out unsearched. Precondition: next() just said part_begin.
    void read_raw() noexcept;
    /// Ends a raw part: the last `unread_bytes` of the last part_data were not its content. Precondition: the part is
    /// read raw and next() was not called since that part_data. part_end follows when the boundary is there,
    /// errc::trailing_archive_data when something else is. Up to max_padding_bytes of zeros may come before it.
    void body_ended(std::size_t unread_bytes, std::size_t max_padding_bytes = 0) noexcept;

    /// The value of a field of the current part, its name compared without case. Valid until the next part_begin.
    std::optional<std::string_view> part_header(std::string_view name) const noexcept;
    /// The name parameter of the current part's Content-Disposition (RFC 2183, RFC 7578); empty when there is none.
    std::string part_name() const;

    /// Body bytes consumed.
    std::uint64_t offset() const noexcept { return consumed_before_ + static_cast<std::uint64_t>(at_ - begin_); }
    /// What went wrong; stage::multipart, with its offset. Only after multipart_event_kind::error.
    error const& failure() const noexcept { return failure_; }

private:
    enum class state : std::uint8_t { preamble, delimiter_tail, head, body, raw, raw_delimiter, epilogue, failed };

    multipart_event starved();
    multipart_event next_in_epilogue();
    multipart_event fail(errc code, std::string text);
    multipart_event failed() const noexcept { return {multipart_event_kind::error, {}}; }

    bool search(std::span<std::byte const>& passed);
    // These return false when the input is used up, or after fail().
    bool match_raw_delimiter();
    bool read_delimiter_tail();
    bool read_head();

    std::byte const* begin_ = nullptr;
    std::byte const* at_ = nullptr;
    std::byte const* end_ = nullptr;
    std::uint64_t consumed_before_ = 0;
    std::string delimiter_;         // "\r\n--" and the boundary
    std::size_t matched_ = 0;       // bytes of delimiter_ seen so far
    std::size_t not_content_ = 0;   // of those, the first ones that ended the head and are not content
    std::size_t passed_over_ = 0;   // bytes of preamble or epilogue
    std::size_t padding_left_ = 0;  // zeros that may still come before the delimiter
    state state_ = state::preamble;
    bool finished_ = false;
    char tail_ = 0;  // last byte of the delimiter's line, while its end is awaited
    std::string head_;
    std::vector<part_field> fields_;
    error failure_;
};

}  // namespace aisle::codec
