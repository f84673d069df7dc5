#pragma once

// The version of these headers, for C and C++. CMake reads it from here; pyproject.toml repeats it.
#define AISLE_VERSION "0.1.0"
#define AISLE_VERSION_MAJOR 0
#define AISLE_VERSION_MINOR 1
#define AISLE_VERSION_PATCH 0

// 10,000 x major + 100 x minor + patch, for #if.
#define AISLE_VERSION_NUMBER (10000 * AISLE_VERSION_MAJOR + 100 * AISLE_VERSION_MINOR + AISLE_VERSION_PATCH)
