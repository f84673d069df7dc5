#pragma once

#include "job.hpp"

namespace bench {

/// "/v1/ml/moss/BUCKET?provider=ais"
std::string moss_path(job const& j);

/// The JSON body of batch `index`: streamed, errors answered by placeholders, names with their bucket.
std::string moss_body(job const& j, std::size_t index);

/// A whole GET request with that body, for an address "HOST:PORT" and a path with query.
std::string moss_request(std::string const& host, std::string const& path, std::string const& body);

}  // namespace bench
