#pragma once

#include <aisle/engine.hpp>

#include <memory>
#include <mutex>

namespace aisle::detail {

class engine_impl;

/// The engines of this process, and how they behave around a fork.
namespace fork_guard {

/// Registers an engine. Throws std::bad_alloc.
void add(std::weak_ptr<engine_impl> e);

/// Ends the threads of all engines, once the callbacks running on them have returned. On an engine thread it returns
/// false and does nothing. Engines with active streams resume when this process has forked, unless `when` says
/// otherwise.
bool halt_all(fork_resume when);
/// Resumes engines with active streams.
void go_on() noexcept;

/// Held while this process forks, so that the child can acquire it.
std::unique_lock<std::mutex> lock();
/// add() for callers that hold the lock.
void add_locked(std::weak_ptr<engine_impl> e);

/// For objects that a child inherits and must not destroy, because that would wait for threads that do not exist.
void keep_for_ever(std::shared_ptr<void const> of_a_parent) noexcept;

}  // namespace fork_guard
}  // namespace aisle::detail
