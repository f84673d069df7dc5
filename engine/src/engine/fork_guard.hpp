#pragma once

#include <aisle/engine.hpp>

#include <memory>
#include <mutex>

namespace aisle::detail {

class engine_impl;

/// The engines of this process, and what becomes of them around a fork.
namespace fork_guard {

/// From now on the engine takes part. Throws std::bad_alloc.
void add(std::weak_ptr<engine_impl> e);

/// Ends the threads of all engines, as soon as the callbacks that run on them have returned. False, and nothing is
/// done, on an engine's thread. An engine with streams under way goes on by itself when this process has forked, unless
/// `when` says otherwise.
bool halt_all(fork_resume when);
/// The engines with streams under way go on.
void go_on() noexcept;

/// Held while this process forks, so that a child can take it.
std::unique_lock<std::mutex> lock();
/// add(), for those who hold it.
void add_locked(std::weak_ptr<engine_impl> e);

/// For what a child has from its parent and must not destroy: threads that are not there would be waited for.
void keep_for_ever(std::shared_ptr<void const> of_a_parent) noexcept;

}  // namespace fork_guard
}  // namespace aisle::detail
