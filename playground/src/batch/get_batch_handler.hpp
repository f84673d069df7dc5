#pragma once

#include "../cluster/cluster.hpp"
#include "../fault/fault_schedule.hpp"
#include "../http/response.hpp"
#include "../shard/shard_cache.hpp"
#include "batch_answer.hpp"
#include "work_items.hpp"

#include <memory>
#include <string>
#include <variant>

namespace aisle::playground {

/// Handles requests under /v1/ml. A proxy checks a Get-Batch request, registers it and redirects to the designated
/// target, which answers it once.
class get_batch_handler {
public:
    get_batch_handler(cluster& home, shard_cache& shards, fault_schedule& faults)
        : home_(home),
          shards_(shards),
          faults_(faults),
          items_(home.options().redirect_idle, home.options().redirect_abandoned) {}

    std::variant<response, std::unique_ptr<batch_answer>> answer(node const& at, request const& r, std::string body);

private:
    response redirect(node const& at, request const& r, std::string body);
    std::string stranger_to(node const& at);
    std::optional<response> check(node const& at, request const& r, work_item const& item) const;
    unsigned choose_target(work_item const& item, std::uint64_t coloc) const;
    std::variant<response, std::unique_ptr<batch_answer>> assemble(node const& at, request const& r, std::string body);

    cluster& home_;
    shard_cache& shards_;
    fault_schedule& faults_;
    work_items items_;
};

}  // namespace aisle::playground
