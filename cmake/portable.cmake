# AISLE_PORTABLE: everything but the C library is linked in, and links go through scripts/portable_link.py, so that the
# outcome runs on other distributions. For scripts/wheel. simdjson and ISA-L, of which Debian has no static libraries,
# stay shared; auditwheel puts them into the wheel.

set(OPENSSL_USE_STATIC_LIBS TRUE)
foreach(library z lz4 zstd xxhash)
    find_library(AISLE_STATIC_${library} lib${library}.a REQUIRED)
    mark_as_advanced(AISLE_STATIC_${library})
endforeach()
set(ZLIB_LIBRARY ${AISLE_STATIC_z} CACHE FILEPATH "")
foreach(library lz4 zstd xxhash)
    set(AISLE_${library}_LIBRARY ${AISLE_STATIC_${library}} CACHE FILEPATH "")
endforeach()

find_package(Python 3.10 REQUIRED COMPONENTS Interpreter)
set(portable_link "${Python_EXECUTABLE} ${PROJECT_SOURCE_DIR}/scripts/portable_link.py <CMAKE_CXX_COMPILER>")
set(CMAKE_CXX_CREATE_SHARED_MODULE "${portable_link} <CMAKE_SHARED_MODULE_CREATE_CXX_FLAGS> <LINK_FLAGS> -o <TARGET> <OBJECTS> <LINK_LIBRARIES>")
set(CMAKE_CXX_LINK_EXECUTABLE "${portable_link} <LINK_FLAGS> -o <TARGET> <OBJECTS> <LINK_LIBRARIES>")
