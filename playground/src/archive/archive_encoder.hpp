#pragma once

#include "archive_writer.hpp"
#include "output_format.hpp"

#include <cstdint>
#include <memory>
#include <string>
#include <string_view>

namespace aisle::playground {

/// The header of a member.
struct member_header {
    std::string_view name;
    std::uint64_t size = 0;
    std::int64_t modified_seconds = 0;
    /// Flip a bit of the header.
    bool damaged = false;
};

/// How an archive ends.
struct archive_ending {
    bool in_member = false;  ///< the data of the last member is incomplete
    bool marked = true;      ///< write the end mark, unless in_member
};

/// Writes an archive. Call begin_member, data any number of times and end_member for each member, then finish, which
/// may also come in the middle of a member. Not thread-safe.
class archive_encoder {
public:
    virtual ~archive_encoder() = default;
    /// False, with nothing written, if Go cannot write the name.
    [[nodiscard]] virtual bool begin_member(archive_writer& to, member_header const& header) = 0;
    /// Writes up to `size` bytes (at most archive_writer::page_bytes) of the object from offset on. False if the object
    /// has shrunk since it was opened; then zeros are written instead.
    [[nodiscard]] virtual bool data(archive_writer& to, stored_object const& from, std::uint64_t offset,
                                    std::size_t size) = 0;
    virtual void end_member(archive_writer& to) = 0;
    /// Returns the bytes at the end, which the caller writes. AIStore behaviour: a tar that ends in a member has no end
    /// mark, but its compression ends properly, and a zip always has its directory.
    virtual std::string finish(archive_ending how) = 0;
};

std::unique_ptr<archive_encoder> make_archive_encoder(output_format format);

// For make_archive_encoder(). Each is defined in its own file.
std::unique_ptr<archive_encoder> make_tar_encoder();
std::unique_ptr<archive_encoder> make_compressed_tar_encoder(output_format format);
std::unique_ptr<archive_encoder> make_zip_encoder();

}  // namespace aisle::playground
