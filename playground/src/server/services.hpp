#pragma once

#include "../batch/get_batch_handler.hpp"
#include "../bucket/bucket_handler.hpp"
#include "../bucket/object_handler.hpp"
#include "../cluster/cluster.hpp"
#include "../fault/fault_schedule.hpp"
#include "../shard/shard_cache.hpp"

#include <memory>
#include <optional>
#include <string>
#include <variant>

namespace aisle::playground {

/// How the body of a request is used.
enum class body_use : std::uint8_t {
    ignored,  ///< it is discarded
    text,     ///< JSON, at most codec::max_json_bytes
    upload    ///< data of an object
};

/// No response at all.
struct silence {};

using answer = std::variant<response, object_answer, std::unique_ptr<batch_answer>, silence>;

/// Handles the requests to all nodes. Thread-safe.
class services {
public:
    /// Throws aisle::exception for invalid options.
    explicit services(server_options options)
        : home(std::move(options)),
          buckets_(home, shards_, checksums_),
          objects_(home, shards_, checksums_),
          get_batch_(home, shards_, faults) {
        set_faults(home.options().faults);
    }

    void set_faults(fault_plan plan);

    static body_use use_of_body(node const& at, request const& r);
    answer handle(node const& at, request const& r, std::string body);
    object_handler& objects() noexcept { return objects_; }

    cluster home;
    fault_schedule faults;

private:
    std::optional<response> starting(node const& at, request const& r) const;
    response health(node const& at, request const& r) const;
    response what(node const& at, request const& r, bool of_cluster);

    shard_cache shards_;
    object_checksums checksums_;
    bucket_handler buckets_;
    object_handler objects_;
    get_batch_handler get_batch_;
};

}  // namespace aisle::playground
