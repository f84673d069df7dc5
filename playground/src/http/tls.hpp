#pragma once

#include <aisle/playground/server.hpp>

#include <boost/asio/ssl/context.hpp>

#include <memory>

namespace aisle::playground {

/// The TLS context for the connections of all nodes; null if the options ask for plain http. Throws aisle::exception
/// (invalid_argument) if a file cannot be used.
std::unique_ptr<boost::asio::ssl::context> make_tls_context(server_options const& options);

}  // namespace aisle::playground
