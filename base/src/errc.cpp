#include <aisle/errc.hpp>

#include <string>

namespace aisle {
namespace {

class category final : public boost::system::error_category {
public:
    char const* name() const noexcept override { return "aisle"; }
    std::string message(int value) const override {
        switch (static_cast<errc>(value)) {
            case errc::invalid_argument: return "invalid argument";
            case errc::invalid_entry: return "invalid entry";
            case errc::invalid_endpoint: return "invalid endpoint";
            case errc::unsupported: return "not supported";
            case errc::cancelled: return "cancelled";
            case errc::resolve_failed: return "host name not found";
            case errc::connect_failed: return "connection failed";
            case errc::connection_lost: return "connection lost";
            case errc::connect_timeout: return "connect deadline passed";
            case errc::first_byte_timeout: return "no answer before the deadline";
            case errc::idle_timeout: return "answer stalled";
            case errc::bad_http: return "not a valid HTTP/1.1 answer";
            case errc::truncated_body: return "body cut short";
            case errc::unframed_body: return "body without length or chunking";
            case errc::trailing_data: return "bytes after the end of the answer";
            case errc::bad_redirect: return "unusable redirect";
            case errc::too_many_redirects: return "too many redirects";
            case errc::server_error: return "server refused";
            case errc::wrong_content_type: return "unexpected content type";
            case errc::bad_multipart: return "broken multipart framing";
            case errc::truncated_multipart: return "multipart cut short";
            case errc::bad_metadata: return "broken metadata";
            case errc::bad_archive: return "damaged archive";
            case errc::truncated_archive: return "archive cut short";
            case errc::trailing_archive_data: return "bytes after the archive's end";
            case errc::limit_exceeded: return "hard limit exceeded";
            case errc::short_batch: return "fewer members than entries";
            case errc::excess_members: return "more members than entries";
            case errc::wrong_member: return "member is not the one asked for";
            case errc::wrong_size: return "member has the wrong size";
            case errc::metadata_mismatch: return "metadata contradicts the archive";
            case errc::missing: return "missing on the server";
        }
        return "unknown error";
    }
};

}  // namespace

boost::system::error_category const& errc_category() noexcept {
    static category const instance;
    return instance;
}

}  // namespace aisle
