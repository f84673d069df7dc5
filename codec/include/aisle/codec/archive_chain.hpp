#pragma once

#include <aisle/codec/tar_reader.hpp>
#include <aisle/result.hpp>

#include <string_view>

namespace aisle::codec {

/// The archive formats this build reads. This header is the only place that lists them.
enum class archive_format : std::uint8_t { tar };

/// The format an answer has, from the Content-Type that ARRIVED (AIStore answers an unknown `mime` with plain tar, and
/// "application/gzip" with zip). Parameters after ';' are ignored. errc::wrong_content_type names any other type.
result<archive_format> archive_format_of(std::string_view content_type);

/// The Content-Type AIStore gives an answer of this format.
std::string_view content_type_of(archive_format format) noexcept;

/// What to ask AIStore for ("mime" of the request) to get this format.
std::string_view request_mime_of(archive_format format) noexcept;

/// Reads an archive of a given format. A `reader`; its promises are those of the reader within.
class archive_chain {
public:
    explicit archive_chain(archive_format format, after_end follows = after_end::zero_padding);

    void feed(std::span<std::byte const> input) noexcept { tar_.feed(input); }
    void finish() noexcept { tar_.finish(); }
    event next() { return tar_.next(); }
    entry_header const& entry() const noexcept { return tar_.entry(); }
    std::uint64_t entry_remaining() const noexcept { return tar_.entry_remaining(); }
    std::uint64_t offset() const noexcept { return tar_.offset(); }
    std::span<std::byte const> unread() const noexcept { return tar_.unread(); }
    error const& failure() const noexcept { return tar_.failure(); }
    archive_format format() const noexcept { return format_; }

private:
    archive_format format_;
    tar_reader tar_;
};

static_assert(reader<archive_chain>);

}  // namespace aisle::codec
