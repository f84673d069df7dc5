#pragma once

#include <aisle/http/client.hpp>
#include <aisle/http/connection_pool.hpp>
#include <aisle/http/resolver.hpp>

#include <cstddef>
#include <span>
#include <vector>

namespace aisle::http {

/// What a client and its exchanges share. Lives until the last of them is gone.
class client_core {
public:
    client_core(executor ex, slab_pool& slabs, client_options o);

    client_options const options;
    slab_pool& slabs;
    tls_context tls;
    resolver names;
    connection_pool pool;
    std::vector<std::span<std::byte>> spare_pieces;  ///< the room of an exchange that is over, for the next one's
    client_stats counts;                             ///< all but idle and leased, which the pool knows
};

}  // namespace aisle::http
