#pragma once

#include <aisle/errc.hpp>

#include <cstdint>
#include <exception>
#include <iosfwd>
#include <optional>
#include <stdexcept>
#include <string>
#include <string_view>

namespace aisle {

/// The step of a sample's way at which an error was found.
enum class stage : std::uint8_t {
    usage,      ///< building or validating a request
    connect,    ///< resolving and connecting
    request,    ///< writing the request
    redirect,   ///< following the proxy's 307
    response,   ///< status line, fields, chunk framing
    multipart,  ///< the parts of a multipart answer
    metadata,   ///< the JSON part of a multipart answer
    archive,    ///< the archive: its compression, its headers and their order
    payload,    ///< a sample's own bytes: their size, checksum, decompression
    assemble    ///< joining members with the entries that were asked for
};

/// The stage's name in lower case, for messages and logs.
std::string_view to_string(stage s) noexcept;

/// One failure: what (code), where (stage, batch, entry, byte offset), and words.
///
/// Our words and the server's are kept apart: server_text may hold anything a user once wrote into an object
/// name, so it is never mixed into text and is escaped when printed. A plain value: copy it, keep it.
struct error {
    error() = default;
    error(boost::system::error_code c, stage s, std::string t = {}) : code(c), where(s), text(std::move(t)) {}
    error(errc c, stage s, std::string t = {}) : code(c), where(s), text(std::move(t)) {}

    /// aisle::errc, or the operating system's code for a transport failure.
    boost::system::error_code code;
    stage where = stage::usage;
    /// What happened and what to do about it, in our words. One line, no final stop needed.
    std::string text;
    /// Number of the batch within its stream, from 0.
    std::optional<std::uint64_t> batch;
    /// Index of the entry within its batch, from 0.
    std::optional<std::uint64_t> entry;
    /// Bytes before the fault: of the archive for stage::archive (compressed ones where the text says so), of the body
    /// for stage::response and multipart, of the member for stage::payload.
    std::optional<std::uint64_t> offset;
    /// Status of the final answer, 0 when there was none.
    int http_status = 0;
    /// The server's own words (AIStore's JSON "message"), unescaped, possibly empty.
    std::string server_text;
    /// AIStore's own name of the failure (its JSON "tcode", such as "ErrBckNotFound"), possibly empty.
    std::string server_code;
    /// What the caller's own code threw (errc::callback_failed); null for every other error. Of any type:
    /// std::rethrow_exception() throws it. Shared by copies.
    std::exception_ptr thrown;

    /// Everything above in one line, control bytes of server_text escaped.
    std::string message() const;
};

/// Writes e.message().
std::ostream& operator<<(std::ostream& out, error const& e);

/// Thrown by the facade's throwing calls; what() is error::message().
class exception : public std::runtime_error {
public:
    explicit exception(error e) : std::runtime_error(e.message()), error_(std::move(e)) {}
    error const& why() const noexcept { return error_; }

private:
    error error_;
};

}  // namespace aisle
