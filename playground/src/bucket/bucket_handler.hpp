#pragma once

#include "../cluster/cluster.hpp"
#include "../http/response.hpp"
#include "../shard/shard_cache.hpp"
#include "object_checksums.hpp"
#include "object_pages.hpp"

#include <optional>
#include <string>
#include <string_view>

namespace aisle::playground {

/// The bucket that a request names in its path and query. If it cannot be used, `refused` is the response.
struct bucket_choice {
    bucket_id id;
    std::shared_ptr<bucket> objects;
    std::optional<response> refused;
};
bucket_choice choose_bucket(cluster& home, node const& at, request const& r, std::string const& name,
                            std::string_view provider, std::string_view name_space);
bucket_choice choose_bucket(cluster& home, node const& at, request const& r, bucket_id const& id);

/// Handles requests under /v1/buckets: list, create, destroy, properties; and listings of objects.
class bucket_handler {
public:
    /// AIStore's page limit for ais buckets.
    static constexpr std::uint64_t max_page = 10'000;

    bucket_handler(cluster& home, shard_cache& shards, object_checksums& checksums)
        : home_(home), pages_(home, shards, checksums) {}

    response answer(node const& at, request const& r, std::string_view body);

private:
    response create(node const& at, request const& r, std::string const& name);
    response list_buckets(request const& r);
    response list_objects(request const& r, bucket_choice const& chosen, action_message const& message);

    cluster& home_;
    object_pages pages_;
};

}  // namespace aisle::playground
