#pragma once

#include <aisle/http/client.hpp>
#include <aisle/http/connection_pool.hpp>
#include <aisle/http/resolver.hpp>

#include <cstddef>
#include <memory>
#include <span>
#include <vector>

namespace aisle::http {

/// Shared by a client and its exchanges. Lives until the last of them is destroyed.
class client_core {
public:
    client_core(executor ex, slab_pool& slabs, client_options o);

    client_options const options;
    slab_pool& slabs;
    tls_context tls;
    resolver names;
    std::shared_ptr<limit_clock> const pace;  ///< the clock of patience
    connection_pool pool;
    client_stats counts;  ///< except idle and leased, which the pool counts

    // Memory for the pieces of a body, reused by later exchanges.
    using piece_list = std::vector<std::span<std::byte>>;
    piece_list take_pieces() noexcept;
    void give_back_pieces(piece_list room) noexcept;

private:
    static constexpr std::size_t most_spare = 64;
    std::vector<piece_list> spare_pieces_;
};

}  // namespace aisle::http
