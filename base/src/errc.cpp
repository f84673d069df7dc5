#include <aisle/errc.hpp>

#include <algorithm>
#include <array>
#include <string>

namespace aisle {
namespace {

struct description {
    errc code;
    char const* name;
    char const* message;
};

constexpr std::array<description, 39> descriptions{{
    {errc::invalid_argument, "invalid_argument", "invalid argument"},
    {errc::invalid_entry, "invalid_entry", "invalid entry"},
    {errc::invalid_endpoint, "invalid_endpoint", "invalid endpoint"},
    {errc::unsupported, "unsupported", "not supported"},
    {errc::cancelled, "cancelled", "cancelled"},
    {errc::deadline_exceeded, "deadline_exceeded", "out of time"},
    {errc::resolve_failed, "resolve_failed", "host name not found"},
    {errc::connect_failed, "connect_failed", "connection failed"},
    {errc::connection_lost, "connection_lost", "connection lost"},
    {errc::connect_timeout, "connect_timeout", "connecting timed out"},
    {errc::first_byte_timeout, "first_byte_timeout", "no response in time"},
    {errc::idle_timeout, "idle_timeout", "response stalled"},
    {errc::tls_failed, "tls_failed", "no secure connection"},
    {errc::bad_http, "bad_http", "invalid HTTP/1.1 response"},
    {errc::truncated_body, "truncated_body", "response body truncated"},
    {errc::content_encoding, "content_encoding", "unexpected Content-Encoding"},
    {errc::unframed_body, "unframed_body", "response body without length or chunks"},
    {errc::trailing_data, "trailing_data", "unexpected bytes after the response"},
    {errc::bad_redirect, "bad_redirect", "unusable redirect"},
    {errc::too_many_redirects, "too_many_redirects", "too many redirects"},
    {errc::map_unavailable, "map_unavailable", "no cluster map to check a redirect"},
    {errc::server_error, "server_error", "server refused"},
    {errc::wrong_content_type, "wrong_content_type", "unexpected content type"},
    {errc::bad_multipart, "bad_multipart", "invalid multipart framing"},
    {errc::truncated_multipart, "truncated_multipart", "multipart body truncated"},
    {errc::bad_metadata, "bad_metadata", "invalid metadata"},
    {errc::bad_archive, "bad_archive", "damaged archive"},
    {errc::truncated_archive, "truncated_archive", "archive truncated"},
    {errc::trailing_archive_data, "trailing_archive_data", "unexpected bytes after the archive"},
    {errc::limit_exceeded, "limit_exceeded", "limit exceeded"},
    {errc::short_batch, "short_batch", "fewer members than entries"},
    {errc::excess_members, "excess_members", "more members than entries"},
    {errc::wrong_member, "wrong_member", "member is not the requested one"},
    {errc::wrong_size, "wrong_size", "wrong size"},
    {errc::wrong_checksum, "wrong_checksum", "wrong checksum"},
    {errc::no_such_checksum, "no_such_checksum", "checksum type not supported on this host"},
    {errc::metadata_mismatch, "metadata_mismatch", "metadata contradicts the archive"},
    {errc::missing, "missing", "does not exist"},
    {errc::callback_failed, "callback_failed", "a callback threw an exception"},
}};

description const* find(int value) noexcept {
    auto const* const found = std::find_if(descriptions.begin(), descriptions.end(),
                                           [value](auto const& d) { return static_cast<int>(d.code) == value; });
    return found == descriptions.end() ? nullptr : found;
}

class category final : public boost::system::error_category {
public:
    char const* name() const noexcept override { return "aisle"; }
    std::string message(int value) const override {
        auto const* const known = find(value);
        return known ? known->message : "unknown error";
    }
    boost::system::error_condition default_error_condition(int value) const noexcept override {
        namespace generic = boost::system::errc;
        switch (static_cast<errc>(value)) {
            case errc::invalid_argument:
            case errc::invalid_entry:
            case errc::invalid_endpoint: return generic::make_error_condition(generic::invalid_argument);
            case errc::unsupported: return generic::make_error_condition(generic::not_supported);
            case errc::cancelled: return generic::make_error_condition(generic::operation_canceled);
            case errc::deadline_exceeded:
            case errc::connect_timeout:
            case errc::first_byte_timeout:
            case errc::idle_timeout: return generic::make_error_condition(generic::timed_out);
            case errc::resolve_failed: return generic::make_error_condition(generic::host_unreachable);
            case errc::connect_failed: return generic::make_error_condition(generic::connection_refused);
            case errc::connection_lost: return generic::make_error_condition(generic::connection_reset);
            case errc::missing: return generic::make_error_condition(generic::no_such_file_or_directory);
            default: return {value, *this};
        }
    }
    bool equivalent(int value, boost::system::error_condition const& condition) const noexcept override {
        if (default_error_condition(value) == condition) return true;
        // A connection may also be lost by being closed; the text says which.
        namespace generic = boost::system::errc;
        return static_cast<errc>(value) == errc::connection_lost &&
               (condition == generic::connection_aborted || condition == generic::broken_pipe);
    }
    using boost::system::error_category::equivalent;
};

}  // namespace

boost::system::error_category const& errc_category() noexcept {
    static category const instance;
    return instance;
}

std::string name_of(boost::system::error_code const& code) {
    if (code.category() == errc_category())
        if (auto const* const known = find(code.value())) return known->name;
    return std::string(code.category().name()) + ':' + std::to_string(code.value());
}

}  // namespace aisle
