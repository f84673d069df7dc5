#pragma once

#include "../batch/member.hpp"
#include "../batch/planned_entry.hpp"
#include "fault_schedule.hpp"

#include <string>

namespace aisle::playground {

/// Applies faults to a planned member: other names, placeholders, other sizes.
void spoil_member(member& m, planned_entry const& at, shard_cache& shards, answer_faults const& faults);

/// Applies faults to the bytes at the end of an archive.
void spoil_end(std::string& end, answer_faults const& faults);

}  // namespace aisle::playground
