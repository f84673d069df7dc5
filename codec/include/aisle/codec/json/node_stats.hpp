#pragma once

#include <aisle/result.hpp>

#include <cstdint>
#include <functional>
#include <map>
#include <string>
#include <vector>

namespace aisle::codec {

/// The Get-Batch counters of one target since it started.
struct node_stats {
    std::string id;
    std::string url;  ///< public address, "http://host:port"
    /// By AIStore's names, such as "getbatch.n" and "err.soft.getbatch.n". A counter that is absent is 0.
    std::map<std::string, std::uint64_t, std::less<>> values;
};

/// Parses the response of `/v1/cluster?what=node_stats`: the targets, ordered by id. Keeps only counters whose names
/// contain "getbatch". Errors: bad_metadata at stage::metadata when it is not such a response; limit_exceeded when it
/// is larger than max_json_bytes.
result<std::vector<node_stats>> read_node_stats(std::string json);

}  // namespace aisle::codec
