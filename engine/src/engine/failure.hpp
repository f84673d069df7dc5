#pragma once

#include <aisle/error.hpp>

#include <exception>

namespace aisle::detail {

/// Errors that can be created without memory; they then have no text.

error said(errc code, char const* words) noexcept;

/// An allocation of the engine has failed.
error out_of_memory() noexcept;

/// An exception of the caller's code. whose: "the sink".
error callback_threw(char const* whose, std::exception_ptr const& thrown) noexcept;

/// The exception that ended a coroutine or a step of the engine: out_of_memory() for std::bad_alloc.
error failed_with(std::exception_ptr const& failure) noexcept;

/// A copy; without its text if there is no memory for it.
error copy_of(error const& e) noexcept;

}  // namespace aisle::detail
