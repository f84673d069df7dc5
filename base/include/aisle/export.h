#pragma once

// AISLE_API marks the functions and classes that the shared library exports. All others are hidden. For C and C++.
#if defined(__GNUC__)
#define AISLE_API __attribute__((visibility("default")))
#else
#define AISLE_API
#endif
