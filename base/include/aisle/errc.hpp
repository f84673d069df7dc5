#pragma once

#include <boost/system/error_code.hpp>

#include <string>
#include <type_traits>

namespace aisle {

/// What went wrong, as a stable code. The place and the words are in aisle::error.
///
/// Converts to boost::system::error_code (category "aisle"), so it travels through Asio completion
/// signatures like any other code.
enum class errc {
    // usage: found before anything is sent
    invalid_argument = 1,  ///< an option or argument outside its documented range
    invalid_entry,         ///< an entry AIStore would refuse, or that would harm it (protocol.md, section 1)
    invalid_endpoint,      ///< not an http:// or https:// URL with a host
    unsupported,           ///< asked for something this build cannot do
    cancelled,             ///< the caller cancelled, or the engine was destroyed
    deadline_exceeded,     ///< the time set for the whole of it is over

    // transport
    resolve_failed,      ///< the host name has no address
    connect_failed,      ///< no connection to any address of the host
    connection_lost,     ///< reset, or closed in the middle of an exchange
    connect_timeout,     ///< no connection before the connect deadline
    first_byte_timeout,  ///< the request left, and no answer began before the deadline
    idle_timeout,        ///< the answer began and then rested longer than the idle deadline
    tls_failed,          ///< no secure connection: the certificate is not to be trusted, or the handshake failed

    // HTTP
    bad_http,            ///< the head or the chunk framing is not HTTP/1.1 (RFC 9112)
    truncated_body,      ///< the body ended before its declared length or its final chunk
    content_encoding,    ///< the answer has a Content-Encoding, which no request allows: a proxy on the way added it
    unframed_body,       ///< neither length nor chunked: its end could not be told from a cut
    trailing_data,       ///< bytes follow the end of the answer
    bad_redirect,        ///< a redirect without a usable Location, or to where none may lead
    too_many_redirects,  ///< the hop limit was reached
    map_unavailable,     ///< a redirect led to an unknown node, and no cluster map could be had to look it up
    server_error,        ///< final status is not 200; http_status and server_text tell more

    // content
    wrong_content_type,     ///< the answer's Content-Type is not one this build reads
    bad_multipart,          ///< framing of multipart/mixed is broken (RFC 2046, section 5.1)
    truncated_multipart,    ///< the body ended before the closing boundary
    bad_metadata,           ///< the JSON metadata part is not what Get-Batch documents
    bad_archive,            ///< an archive or a compressed stream is damaged (header, checksum, size, type)
    truncated_archive,      ///< the archive ended without its end mark
    trailing_archive_data,  ///< bytes follow the archive's end mark
    limit_exceeded,         ///< a header, name, count or sample is over a hard limit

    // contract of a Get-Batch answer
    short_batch,        ///< the archive ended well, with fewer members than entries
    excess_members,     ///< more members than entries
    wrong_member,       ///< the member at this position is not the entry's
    wrong_size,         ///< the member's size contradicts the requested range, or the size that was expected
    wrong_checksum,     ///< the payload's checksum is not the one that was expected
    no_such_checksum,   ///< this host cannot compute the expected checksum's type, such as MD5 under FIPS
    metadata_mismatch,  ///< metadata and archive do not tell the same
    missing,            ///< the server says the object, shard or member does not exist

    // the embedding program
    callback_failed  ///< a source, sink or callback of the caller's threw; error::thrown has the exception
};

/// The category of aisle::errc. Thread-safe, lives for the program.
///
/// Its codes compare equal to the conditions of std::errc (and boost::system::errc) that mean the same, so that generic
/// code need not know them: cancelled is operation_canceled; deadline_exceeded and the timeouts are timed_out;
/// connection_lost is connection_reset, connection_aborted and broken_pipe; connect_failed is connection_refused;
/// resolve_failed is host_unreachable; invalid_argument, invalid_entry and invalid_endpoint are invalid_argument;
/// unsupported is not_supported; missing is no_such_file_or_directory.
boost::system::error_category const& errc_category() noexcept;

/// A code's name as it stands in errc ("short_batch"), for reports that programs read; "CATEGORY:NUMBER" for a code of
/// another category.
std::string name_of(boost::system::error_code const& code);

/// Found by ADL; makes errc usable wherever an error_code is.
inline boost::system::error_code make_error_code(errc e) noexcept {
    return {static_cast<int>(e), errc_category()};
}

}  // namespace aisle

template <>
struct boost::system::is_error_code_enum<aisle::errc> : std::true_type {};
