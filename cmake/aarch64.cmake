# Toolchain that compiles for aarch64 on another machine, for scripts/wheel --arch aarch64.
#
# AISLE_SYSROOT: folder with Debian's arm64 packages of what third_party/ needs (scripts/unpack_debian).
# AISLE_GLIBC: folder with an arm64 C library, under which qemu-user runs the tests.

set(CMAKE_SYSTEM_NAME Linux)
set(CMAKE_SYSTEM_PROCESSOR aarch64)
set(CMAKE_CXX_COMPILER aarch64-linux-gnu-g++)
set(CMAKE_LIBRARY_ARCHITECTURE aarch64-linux-gnu)

# Debian's headers that differ between architectures, such as OpenSSL's configuration.
set(CMAKE_CXX_STANDARD_INCLUDE_DIRECTORIES ${AISLE_SYSROOT}/usr/include/aarch64-linux-gnu)

set(CMAKE_TRY_COMPILE_PLATFORM_VARIABLES AISLE_SYSROOT AISLE_GLIBC)
set(CMAKE_FIND_ROOT_PATH ${AISLE_SYSROOT})
set(CMAKE_FIND_ROOT_PATH_MODE_PROGRAM NEVER)
set(CMAKE_FIND_ROOT_PATH_MODE_LIBRARY ONLY)
set(CMAKE_FIND_ROOT_PATH_MODE_INCLUDE ONLY)
set(CMAKE_FIND_ROOT_PATH_MODE_PACKAGE BOTH)  # nanobind's package is this machine's

set(CMAKE_CROSSCOMPILING_EMULATOR
    qemu-aarch64 -L ${AISLE_GLIBC} -E LD_LIBRARY_PATH=${AISLE_SYSROOT}/usr/lib/aarch64-linux-gnu)
