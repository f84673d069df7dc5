#pragma once

#include <aisle/error.hpp>

#include <exception>

namespace aisle::detail {

/// Errors that can be made where there is no memory: the words are left out then.

error said(errc code, char const* words) noexcept;

/// An allocation of the engine's has failed.
error out_of_memory() noexcept;

/// What the caller's code threw. whose: "the sink".
error callback_threw(char const* whose, std::exception_ptr const& thrown) noexcept;

/// What ended a coroutine or a step of the engine's: out_of_memory() for std::bad_alloc.
error failed_with(std::exception_ptr const& failure) noexcept;

/// A copy; without its words where there is no memory for them.
error copy_of(error const& e) noexcept;

}  // namespace aisle::detail
