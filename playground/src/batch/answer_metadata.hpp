#pragma once

#include "../fault/fault_schedule.hpp"
#include "entry_planner.hpp"

#include <span>
#include <string>
#include <string_view>

namespace aisle::playground {

/// The metadata part of a multipart response, with the faults applied. listed: false if the first request asked for a
/// stream; then AIStore does not record the members.
std::string answer_metadata(std::string_view job_id, std::span<member const> members, bool listed,
                            answer_faults const& faults);

}  // namespace aisle::playground
