#include "tls_of.hpp"

namespace aisle::detail {

http::tls_settings tls_of(tls_options const& given) {
    return {given.ca_file, given.certificate_file, given.key_file, given.verify};
}

void check_tls(tls_options const& given) {
    http::tls_context const made(tls_of(given));
}

}  // namespace aisle::detail
