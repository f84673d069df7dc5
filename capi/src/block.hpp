#pragma once

#include <aisle/sample_block.hpp>

#include <aisle.h>

struct aisle_block {
    aisle::sample_block value;
};

struct aisle_sample {
    aisle::sample value;
};
