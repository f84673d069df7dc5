#pragma once

#include "batch_answer.hpp"
#include "cluster.hpp"
#include "fault_schedule.hpp"
#include "response.hpp"
#include "shard_cache.hpp"
#include "work_items.hpp"

#include <memory>
#include <string>
#include <variant>

namespace aisle::playground {

/// Requests under /v1/ml: the proxy checks a Get-Batch request, registers it and redirects; the target that was chosen
/// answers it, once.
class moss_handler {
public:
    moss_handler(cluster& home, shard_cache& shards, fault_schedule& faults)
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
