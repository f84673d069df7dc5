#pragma once

#include "../cluster/cluster.hpp"
#include "../http/response.hpp"
#include "../shard/shard_cache.hpp"
#include "object_checksums.hpp"

#include <chrono>
#include <cstdint>
#include <memory>
#include <string>
#include <string_view>
#include <utility>
#include <variant>
#include <vector>

namespace aisle::playground {

/// A response with status 200 or 206 and bytes of an object.
struct object_answer {
    std::string head;
    stored_object object;
    std::uint64_t offset = 0;
    std::uint64_t size = 0;
    std::chrono::milliseconds delay{0};  ///< before the response starts
};

using fields = std::vector<std::pair<std::string, std::string>>;

/// Handles requests under /v1/objects: a proxy redirects, targets serve. Unlike in AIStore, every target serves every
/// object, so that clients may compute the owner differently.
class object_handler {
public:
    object_handler(cluster& home, shard_cache& shards, object_checksums& checksums)
        : home_(home), shards_(shards), checksums_(checksums) {}

    /// Handles everything except the data of a PUT.
    std::variant<response, object_answer> answer(node const& at, request const& r, std::string_view body);
    /// Starts a PUT at a target: returns the upload, or the refusal.
    std::variant<std::unique_ptr<upload>, response> begin_put(node const& at, request const& r);
    /// Completes a PUT after its last byte.
    response end_put(node const& at, request const& r, upload& data);

private:
    struct named {
        bucket_id where;
        std::string object_name;
        std::shared_ptr<bucket> objects;
    };
    std::variant<named, response> find(node const& at, request const& r) const;
    response redirect(node const& at, request const& r, named const& what) const;
    response remove(node const& at, request const& r, named const& what, std::string_view body) const;
    response head(node const& at, request const& r, named const& what);
    fields attributes(named const& what, stored_object const& object, bool present);
    std::variant<response, object_answer> serve(node const& at, request const& r, named const& what);

    cluster& home_;
    shard_cache& shards_;
    object_checksums& checksums_;
};

}  // namespace aisle::playground
