#pragma once

#include "entry_planner.hpp"
#include "fault_schedule.hpp"

#include <span>
#include <string>
#include <string_view>

namespace aisle::playground {

/// The metadata part of a multipart answer about the members of its archive, and what faults make of it. `told`: false
/// when the first request asked for a stream, where nobody keeps account (AIStore behaviour).
std::string answer_metadata(std::string_view job_id, std::span<member const> members, bool told,
                            answer_faults const& faults);

}  // namespace aisle::playground
