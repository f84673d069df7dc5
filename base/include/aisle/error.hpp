#pragma once

#include <aisle/errc.hpp>
#include <aisle/export.h>

#include <cstdint>
#include <exception>
#include <iosfwd>
#include <optional>
#include <stdexcept>
#include <string>
#include <string_view>

namespace aisle {

/// The stage at which an error was found.
enum class stage : std::uint8_t {
    usage,      ///< building or validating a request
    connect,    ///< DNS lookup and connecting
    request,    ///< writing the request
    redirect,   ///< following the proxy's redirect (307)
    response,   ///< status line, headers, chunk framing
    multipart,  ///< the parts of a multipart response
    metadata,   ///< the JSON part of a multipart response
    archive,    ///< the archive: compression, member headers and their order
    payload,    ///< the bytes of a sample: size, checksum, decompression
    assemble    ///< matching archive members with the requested entries
};

/// The stage's name in lower case, for messages and logs.
AISLE_API std::string_view to_string(stage s) noexcept;

/// A failure: what happened (code, text) and where (stage, batch, entry, byte offset).
///
/// The server's text is kept apart from our own: server_text may contain anything that someone wrote into an object
/// name, so it is never part of text, and message() escapes it. A plain value: copy it, keep it.
struct AISLE_API error {
    error() = default;
    error(boost::system::error_code c, stage s, std::string t = {}) : code(c), where(s), text(std::move(t)) {}
    error(errc c, stage s, std::string t = {}) : code(c), where(s), text(std::move(t)) {}

    /// aisle::errc, or the operating system's code for a transport failure.
    boost::system::error_code code;
    stage where = stage::usage;
    /// What happened and what to do about it. One line without a full stop.
    std::string text;
    /// Index of the batch within its stream, from 0.
    std::optional<std::uint64_t> batch;
    /// Index of the entry within its batch, from 0.
    std::optional<std::uint64_t> entry;
    /// Byte offset of the fault: in the archive for stage::archive (compressed bytes if the text says so), in the body
    /// for stage::response and multipart, in the member for stage::payload.
    std::optional<std::uint64_t> offset;
    /// HTTP status of the final response; 0: there was none.
    int http_status = 0;
    /// The server's error message (AIStore's JSON "message"), unescaped; may be empty.
    std::string server_text;
    /// AIStore's error code (its JSON "tcode"), such as "ErrBckNotFound"; may be empty.
    std::string server_code;
    /// The exception of the caller's code for errc::callback_failed, of any type; else null. Copies share it.
    std::exception_ptr thrown;

    /// All of the above in one line, with control bytes of server_text escaped.
    std::string message() const;
};

/// Writes e.message().
AISLE_API std::ostream& operator<<(std::ostream& out, error const& e);

/// The exception that throwing calls throw; what() is error::message().
class AISLE_API exception : public std::runtime_error {
public:
    explicit exception(error e) : std::runtime_error(e.message()), error_(std::move(e)) {}
    error const& why() const noexcept { return error_; }

private:
    error error_;
};

}  // namespace aisle
