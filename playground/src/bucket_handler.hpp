#pragma once

#include "cluster.hpp"
#include "object_checksums.hpp"
#include "object_pages.hpp"
#include "response.hpp"
#include "shard_cache.hpp"

#include <optional>
#include <string>
#include <string_view>

namespace aisle::playground {

/// Finds the bucket a request names by path and query. When it cannot be used, `refused` is the answer.
struct bucket_choice {
    bucket_id id;
    std::shared_ptr<bucket> objects;
    std::optional<response> refused;
};
bucket_choice choose_bucket(cluster& home, node const& at, request const& r, std::string const& name,
                            std::string_view provider, std::string_view name_space);
bucket_choice choose_bucket(cluster& home, node const& at, request const& r, bucket_id const& id);

/// Requests under /v1/buckets: list, create, destroy, properties; and listings of objects.
class bucket_handler {
public:
    /// AIStore's limit of a page of its own buckets.
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
