#pragma once

#include "archive_writer.hpp"
#include "output_format.hpp"

#include <cstdint>
#include <memory>
#include <string>
#include <string_view>

namespace aisle::playground {

/// What stands before a member's data.
struct member_header {
    std::string_view name;
    std::uint64_t size = 0;
    std::int64_t modified_seconds = 0;
    /// A bit of it is to be flipped.
    bool damaged = false;
};

/// How an archive ends.
struct archive_ending {
    bool in_member = false;  ///< the data of the last member is not all there
    bool marked = true;      ///< with the archive's own end mark, unless it ends in a member
};

/// Makes an archive of members: calls come as begin_member, data any number of times, end_member, and at last, perhaps
/// in the middle of a member, finish. Not thread-safe.
class archive_encoder {
public:
    virtual ~archive_encoder() = default;
    /// False, with nothing written, when Go cannot write such a name.
    [[nodiscard]] virtual bool begin_member(archive_writer& to, member_header const& header) = 0;
    /// Up to `size` bytes (at most archive_writer::page_bytes) of the object from offset on. False when the object
    /// could not be read to there: it shrank after it was opened, and zeros were written.
    [[nodiscard]] virtual bool data(archive_writer& to, stored_object const& from, std::uint64_t offset,
                                    std::size_t size) = 0;
    virtual void end_member(archive_writer& to) = 0;
    /// The bytes at the end, for the caller to write. AIStore behaviour: a tar that ends in a member has no end mark,
    /// but what it is compressed by ends properly, and a zip has its directory all the same.
    virtual std::string finish(archive_ending how) = 0;
};

std::unique_ptr<archive_encoder> make_archive_encoder(output_format format);

// One function a file; use make_archive_encoder().
std::unique_ptr<archive_encoder> make_tar_encoder();
std::unique_ptr<archive_encoder> make_compressed_tar_encoder(output_format format);
std::unique_ptr<archive_encoder> make_zip_encoder();

}  // namespace aisle::playground
