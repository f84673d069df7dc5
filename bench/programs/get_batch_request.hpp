#pragma once

#include "job.hpp"

namespace bench {

/// "/v1/ml/moss/BUCKET?provider=ais"
std::string get_batch_path(job const& j);

/// The JSON body of batch `index`: streamed, placeholders for errors, names with their bucket.
std::string get_batch_body(job const& j, std::size_t index);

/// A complete GET request with that body, for an address "HOST:PORT" and a path with query.
std::string get_batch_request(std::string const& host, std::string const& path, std::string const& body);

}  // namespace bench
