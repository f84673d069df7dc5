// Asio's TLS streams, which the playground speaks through; apart, so that programs without it do not have them.
#include <boost/asio/ssl/impl/src.hpp>
