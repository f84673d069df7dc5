#pragma once

#include "../nanobind_headers.hpp"
#include "log_queue.hpp"

#include <aisle/engine.hpp>

#include <memory>

namespace aisle::python {

/// The engine of one Client, until it is closed. Its methods are called with the GIL.
class engine_home {
public:
    /// Throws aisle::exception for options that the engine refuses.
    explicit engine_home(engine_options options);
    ~engine_home();
    engine_home(engine_home const&) = delete;
    engine_home& operator=(engine_home const&) = delete;

    /// Throws aisle.ClosedError once it is closed.
    aisle::engine& engine() const;
    bool is_closed() const noexcept { return !engine_; }
    /// Ends its streams and joins its threads; releases the GIL meanwhile. May be called twice.
    void close();
    log_queue& log() noexcept { return *log_; }

private:
    std::shared_ptr<log_queue> log_ = std::make_shared<log_queue>();
    std::unique_ptr<aisle::engine> engine_;
};

/// Closes every engine of the process, before the interpreter ends.
void close_all_engines();

}  // namespace aisle::python
