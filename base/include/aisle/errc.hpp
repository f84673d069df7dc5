#pragma once

#include <aisle/export.h>

#include <boost/system/error_code.hpp>

#include <string>
#include <type_traits>

namespace aisle {

/// A stable code for each kind of failure. aisle::error adds where it happened and a text.
///
/// Converts to boost::system::error_code (category "aisle"), so Asio completion signatures can carry it.
enum class errc {
    // usage: found before anything is sent
    invalid_argument = 1,  ///< an option or argument is outside its documented range
    invalid_entry,         ///< AIStore would refuse the entry, or be harmed by it; see check()
    invalid_endpoint,      ///< not an http:// or https:// URL with a host
    unsupported,           ///< this build cannot do it
    cancelled,             ///< the caller cancelled, or the engine was destroyed
    deadline_exceeded,     ///< the time limit of the whole operation has passed

    // transport
    resolve_failed,      ///< the host name has no address
    connect_failed,      ///< no connection to any address of the host
    connection_lost,     ///< reset or closed in the middle of an exchange
    connect_timeout,     ///< no connection within connect_timeout
    first_byte_timeout,  ///< the request was sent, but no response began within first_byte_timeout
    idle_timeout,        ///< the response stalled for longer than idle_timeout
    tls_failed,          ///< the certificate is not trusted, or the TLS handshake failed

    // HTTP
    bad_http,            ///< the header or the chunk framing is not valid HTTP/1.1 (RFC 9112)
    truncated_body,      ///< the body ended before its declared length or its final chunk
    content_encoding,    ///< the response has a Content-Encoding that was not requested: an intermediary added it
    unframed_body,       ///< neither Content-Length nor chunked: a truncated body would go unnoticed
    trailing_data,       ///< bytes follow the end of the response
    bad_redirect,        ///< a redirect without a usable Location, or to a host that is not allowed
    too_many_redirects,  ///< the redirect limit was reached
    map_unavailable,     ///< redirected to an unknown node, and the cluster map could not be fetched to verify it
    server_error,        ///< the final status is not 200; see http_status and server_text

    // content
    wrong_content_type,     ///< this build cannot read the response's Content-Type
    bad_multipart,          ///< the multipart/mixed framing is broken (RFC 2046, section 5.1)
    truncated_multipart,    ///< the body ended before the closing boundary
    bad_metadata,           ///< the JSON metadata is not what Get-Batch documents
    bad_archive,            ///< the archive or the compressed stream is damaged (header, checksum, size, type)
    truncated_archive,      ///< the archive ended without its end-of-archive mark
    trailing_archive_data,  ///< bytes follow the end-of-archive mark
    limit_exceeded,         ///< a header, name, count or sample exceeds a limit

    // contract of a Get-Batch response
    short_batch,        ///< a valid archive with fewer members than entries
    excess_members,     ///< more members than entries
    wrong_member,       ///< the member at this position belongs to another entry
    wrong_size,         ///< the member's size contradicts the requested range or the expected size
    wrong_checksum,     ///< the payload's checksum is not the expected one
    no_such_checksum,   ///< this host cannot compute the expected checksum's type, such as MD5 in FIPS mode
    metadata_mismatch,  ///< metadata and archive contradict each other
    missing,            ///< according to the server, the object, shard or member does not exist

    // the embedding program
    callback_failed  ///< a source, sink or other callback threw; error::thrown is the exception
};

/// The category of aisle::errc. Thread-safe, lives as long as the program.
///
/// Its codes compare equal to the matching conditions of std::errc (and boost::system::errc), so that generic code can
/// handle them: cancelled is operation_canceled; deadline_exceeded and the timeouts are timed_out; connection_lost is
/// connection_reset, connection_aborted and broken_pipe; connect_failed is connection_refused; resolve_failed is
/// host_unreachable; invalid_argument, invalid_entry and invalid_endpoint are invalid_argument; unsupported is
/// not_supported; missing is no_such_file_or_directory.
AISLE_API boost::system::error_category const& errc_category() noexcept;

/// The name of a code as in errc ("short_batch"), for machine-readable reports; "CATEGORY:NUMBER" for other categories.
AISLE_API std::string name_of(boost::system::error_code const& code);

/// Found by ADL; converts errc to error_code.
inline boost::system::error_code make_error_code(errc e) noexcept {
    return {static_cast<int>(e), errc_category()};
}

}  // namespace aisle

template <>
struct boost::system::is_error_code_enum<aisle::errc> : std::true_type {};
