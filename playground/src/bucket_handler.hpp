#pragma once

#include "cluster.hpp"
#include "response.hpp"

#include <optional>
#include <string>
#include <string_view>

namespace aisle::playground {

/// AIStore's short names of backends, resolved: "s3" is "aws". Empty text is "ais"; nothing for unknown ones.
std::optional<std::string_view> canonical_provider(std::string_view provider) noexcept;

/// Finds the bucket a request names by path and query. When it cannot be used, `refused` is the answer.
struct bucket_choice {
    std::shared_ptr<bucket> objects;
    std::optional<response> refused;
};
bucket_choice choose_bucket(cluster& home, node const& at, request const& r, std::string const& name,
                            std::string_view provider, std::string_view name_space);

/// Requests under /v1/buckets: list, create, destroy, properties; and listings of objects.
class bucket_handler {
public:
    /// AIStore's limit of a page of its own buckets.
    static constexpr std::uint64_t max_page = 10'000;

    explicit bucket_handler(cluster& home) : home_(home) {}

    response answer(node const& at, request const& r, std::string_view body);

private:
    response list_buckets();
    response list_objects(request const& r, bucket& objects, struct action_message const& message);

    cluster& home_;
};

}  // namespace aisle::playground
