#include "remedy.hpp"

namespace aisle::cli {
namespace {

char const* remedy_of_status(int http_status) noexcept {
    switch (http_status) {
        case 401: return "get a new token, and give it with AIS_AUTHN_TOKEN or --token-file";
        case 403: return "get a token with permission for this bucket";
        case 404: return "check the name of the bucket and its provider (a cloud bucket is s3://NAME, gs://NAME, ...)";
        case 409: return "the cluster is changing: try again when it has settled";
        case 416: return "correct start and length: the object is shorter";
        case 429:
        case 503: return "the cluster is overloaded or starting: try again later, with fewer batches (--in-flight)";
        default: return http_status >= 500 ? "look at the log of the node that responded" : "";
    }
}

// Without a default: the compiler then reports a new code without a remedy.
char const* remedy_of_code(errc code) noexcept {
    switch (code) {
        case errc::invalid_argument:
        case errc::invalid_entry:
        case errc::unsupported:
        case errc::cancelled:
        case errc::callback_failed:
        case errc::server_error: return "";
        case errc::invalid_endpoint: return "write http://HOST:PORT or https://HOST:PORT";
        case errc::deadline_exceeded: return "give a longer --deadline; aisle bench shows what limits the speed";
        case errc::resolve_failed: return "check the host name, and DNS on this machine";
        case errc::connect_failed:
            return "check host and port (a proxy's port is usually 51080 or 8080), and that the node is running";
        case errc::connect_timeout: return "check the address, and the routes and firewalls between here and the node";
        case errc::connection_lost:
            return "if it always happens, something in between closes connections, or the port requires https";
        case errc::first_byte_timeout: return "the node accepts connections but does not respond: look at its log";
        case errc::idle_timeout: return "data does not arrive: check the network and its MTU with aisle check";
        case errc::tls_failed:
            return "check that the port uses https; give the cluster's certificate authority with --ca, and "
                   "--certificate and --key if it requires them";
        case errc::bad_http: return "check the port, and whether it requires https: something else responds there";
        case errc::bad_redirect:
        case errc::too_many_redirects: return "check the addresses in the cluster map with aisle check";
        case errc::map_unavailable: return "the proxies do not respond: try again later, or look at their logs";
        case errc::wrong_content_type: return "check that the endpoint is an AIStore proxy, with aisle check";
        case errc::content_encoding:
        case errc::unframed_body:
        case errc::trailing_data: return "a proxy or gateway in between changes responses: connect without it";
        case errc::truncated_body:
        case errc::truncated_multipart:
        case errc::bad_multipart:
        case errc::bad_metadata:
        case errc::excess_members:
        case errc::wrong_member:
        case errc::trailing_archive_data:
        case errc::metadata_mismatch: return "look at the log of the target that responded";
        case errc::bad_archive:
        case errc::truncated_archive: return "if it is always the same object, it is damaged: store it again";
        case errc::short_batch: return "AIStore ended the batch: look at the log of the target that responded";
        case errc::limit_exceeded: return "raise the limit in the message, such as --max-sample or --memory";
        case errc::wrong_size:
        case errc::wrong_checksum:
            return "if the object was replaced, list it again (aisle ls --json --long); if not, store it again";
        case errc::no_such_checksum: return "give the checksum in another type: xxhash2, crc32c, sha256 or sha512";
        case errc::missing:
            return "check the name: aisle ls lists the objects, and with --archive the members of shards";
    }
    return "";
}

}  // namespace

std::string remedy_of(error const& why) {
    if (why.code.category() != errc_category()) return {};
    auto const code = static_cast<errc>(why.code.value());
    return code == errc::server_error ? remedy_of_status(why.http_status) : remedy_of_code(code);
}

}  // namespace aisle::cli
