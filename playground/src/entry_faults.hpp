#pragma once

#include "fault_schedule.hpp"
#include "member.hpp"
#include "planned_entry.hpp"

#include <string>

namespace aisle::playground {

/// Does to a planned member what the faults say of it: other names, placeholders, other sizes.
void spoil_member(member& m, planned_entry const& at, shard_cache& shards, answer_faults const& faults);

/// Does to the bytes at an archive's end what the faults say of them.
void spoil_end(std::string& end, answer_faults const& faults);

}  // namespace aisle::playground
