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
/// errc::wrong_content_type when the type is not multipart. errc::bad_multipart when the boundary is missing, repeated,
/// longer than 70 characters or has characters that are not allowed.
result<std::string> multipart_boundary(std::string_view content_type);

/// The events of a multipart reader, and their order:
/// \code
///   need_input* ( part_begin ( part_data | need_input )* part_end )* end
/// \endcode
/// or `error` at any point.
enum class multipart_event_kind : std::uint8_t {
    need_input,  ///< all input is consumed: feed() more, or finish()
    part_begin,  ///< the part's header fields are known; read_raw() must be called now if at all
    part_data,   ///< some of its content
    part_end,    ///< its closing boundary was read
    end,         ///< the final boundary was read
    error        ///< see failure(); the reader can only be destroyed
};

/// `data` is for part_data only, never empty. It lies in the bytes last fed, or inside the reader for a few bytes that
/// looked like the start of a boundary at the end of an earlier input. It is valid until the next call.
struct multipart_event {
    multipart_event_kind kind;
    std::span<std::byte const> data;
};

/// One header field of a part.
struct part_field {
    std::string name;
    std::string value;  ///< unfolded, without surrounding blanks
};

/// Reads a multipart body as it arrives (RFC 2046, section 5.1). The events do not depend on how the input is split.
///
/// A part is read in one of two ways. By default the reader searches for its end. After read_raw() it neither searches
/// nor copies: all input is returned as part_data until the caller calls body_ended(). The caller's archive reader
/// knows where the archive ends, and the boundary must follow right there.
///
/// Preamble and epilogue are skipped, up to 64 KiB each; header fields over the same limit are an error.
/// Not thread-safe. Not movable: part_data may point into it.
class multipart_reader {
public:
    /// Limit of the header fields of a part, of the preamble, and of the epilogue, in bytes.
    static constexpr std::size_t max_head_bytes = 64 * 1024;

    /// boundary: as multipart_boundary() returns it, without the leading "--".
    explicit multipart_reader(std::string_view boundary);
    multipart_reader(multipart_reader const&) = delete;
    multipart_reader& operator=(multipart_reader const&) = delete;

    /// Sets the next bytes of the body. Precondition: next() returned need_input, or nothing was fed yet. The bytes
    /// must stay valid until next() returns need_input again.
    void feed(std::span<std::byte const> input) noexcept;
    /// No more input will come: input that ends before the final boundary is errc::truncated_multipart.
    void finish() noexcept { finished_ = true; }
    /// After `end`, keep calling it to skip the epilogue: it returns need_input until finish(), then `end` again.
    multipart_event next();

    /// Returns the content of this part without searching it. Precondition: next() just returned part_begin.
    void read_raw() noexcept;
    /// Ends a raw part: the last `unread_bytes` of the last part_data do not belong to it. Precondition: the part is
    /// read raw, and next() was not called since that part_data. Next is part_end if the boundary follows, else
    /// errc::trailing_archive_data. Up to max_padding_bytes zeros may precede the boundary.
    void body_ended(std::size_t unread_bytes, std::size_t max_padding_bytes = 0) noexcept;

    /// The value of a header field of the current part; names are case-insensitive. Valid until the next part_begin.
    std::optional<std::string_view> part_header(std::string_view name) const noexcept;
    /// The name parameter of the current part's Content-Disposition (RFC 2183, RFC 7578); empty if there is none.
    std::string part_name() const;

    /// Body bytes consumed.
    std::uint64_t offset() const noexcept { return consumed_before_ + static_cast<std::uint64_t>(at_ - begin_); }
    /// What went wrong; stage::multipart, with its offset. Only valid after multipart_event_kind::error.
    error const& failure() const noexcept { return failure_; }

private:
    enum class state : std::uint8_t { preamble, delimiter_tail, head, body, raw, raw_delimiter, epilogue, failed };

    multipart_event starved();
    multipart_event next_in_epilogue();
    multipart_event fail(errc code, std::string text);
    multipart_event failed() const noexcept { return {multipart_event_kind::error, {}}; }

    bool search(std::span<std::byte const>& passed);
    // These return false when the input is exhausted, or after fail().
    bool match_raw_delimiter();
    bool read_delimiter_tail();
    bool read_head();

    std::byte const* begin_ = nullptr;
    std::byte const* at_ = nullptr;
    std::byte const* end_ = nullptr;
    std::uint64_t consumed_before_ = 0;
    std::string delimiter_;         // "\r\n--" and the boundary
    std::size_t matched_ = 0;       // bytes of delimiter_ seen so far
    std::size_t not_content_ = 0;   // the first bytes of those, if they ended the header and are not content
    std::size_t passed_over_ = 0;   // bytes of the preamble or epilogue
    std::size_t padding_left_ = 0;  // zeros that may still precede the delimiter
    state state_ = state::preamble;
    bool finished_ = false;
    char tail_ = 0;  // last byte of the delimiter line so far
    std::string head_;
    std::vector<part_field> fields_;
    error failure_;
};

}  // namespace aisle::codec
