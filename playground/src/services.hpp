#pragma once

#include "bucket_handler.hpp"
#include "cluster.hpp"
#include "fault_schedule.hpp"
#include "moss_handler.hpp"
#include "object_handler.hpp"
#include "shard_cache.hpp"

#include <memory>
#include <optional>
#include <string>
#include <variant>

namespace aisle::playground {

/// What a request's body is for.
enum class body_use : std::uint8_t {
    ignored,  ///< nobody reads it
    text,     ///< JSON, at most codec::max_json_bytes
    upload    ///< an object's data
};

/// Nothing is answered, for ever.
struct silence {};

using answer = std::variant<response, object_answer, std::unique_ptr<batch_answer>, silence>;

/// The cluster's requests, whatever node they come to. Thread-safe.
class services {
public:
    /// Throws aisle::exception for bad options.
    explicit services(server_options options)
        : home(std::move(options)),
          buckets_(home, shards_, checksums_),
          objects_(home, shards_, checksums_),
          moss_(home, shards_, faults) {
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
    response what(node const& at, request const& r);

    shard_cache shards_;
    object_checksums checksums_;
    bucket_handler buckets_;
    object_handler objects_;
    moss_handler moss_;
};

}  // namespace aisle::playground
