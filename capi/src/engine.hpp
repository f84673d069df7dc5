#pragma once

#include <aisle/engine.hpp>

#include <aisle.h>
#include <utility>

struct aisle_engine {
    explicit aisle_engine(aisle::engine_options options) : value(std::move(options)) {}

    aisle::engine value;
};
