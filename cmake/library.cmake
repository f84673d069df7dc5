# The library that programs link. It consists of the object files of all modules.
#   aisle::static, aisle::shared   the two kinds of it
#   aisle::aisle                   the shared one if BUILD_SHARED_LIBS is on, else the static one
# The flags that the modules are compiled with, such as the definitions for Asio in third_party/, do not reach programs that
# link it. Programs of this repository that use internal headers link the modules instead, such as aisle::engine.

# The version of the ABI: a program runs with every library that has the same one. Before 1.0 each minor version has its own.
if(PROJECT_VERSION_MAJOR EQUAL 0)
    set(AISLE_SOVERSION 0.${PROJECT_VERSION_MINOR})
else()
    set(AISLE_SOVERSION ${PROJECT_VERSION_MAJOR})
endif()

# The public headers. Of base/ these are the ones that the headers of the engine include, and the version.
set(base_headers arena.hpp errc.hpp error.hpp export.h result.hpp slab.hpp version.h version.hpp)
list(TRANSFORM base_headers PREPEND ${PROJECT_SOURCE_DIR}/base/include/aisle/)
file(GLOB_RECURSE engine_headers CONFIGURE_DEPENDS ${PROJECT_SOURCE_DIR}/engine/include/aisle/*.hpp)
add_library(aisle_headers INTERFACE)
add_library(aisle::headers ALIAS aisle_headers)
target_sources(aisle_headers INTERFACE FILE_SET HEADERS
    BASE_DIRS ${PROJECT_SOURCE_DIR}/base/include ${PROJECT_SOURCE_DIR}/engine/include ${PROJECT_SOURCE_DIR}/capi/include
    FILES ${base_headers} ${engine_headers} ${PROJECT_SOURCE_DIR}/capi/include/aisle.h)
target_compile_features(aisle_headers INTERFACE cxx_std_20)
target_link_libraries(aisle_headers INTERFACE Boost::headers)
set_target_properties(aisle_headers PROPERTIES EXPORT_NAME headers)

set(objects)
foreach(module base codec http engine capi asio)
    list(APPEND objects $<TARGET_OBJECTS:aisle_${module}>)
endforeach()
set(libraries simdjson::simdjson ZLIB::ZLIB aisle::lz4 aisle::zstd aisle::xxhash OpenSSL::SSL OpenSSL::Crypto
              Threads::Threads)
if(AISLE_PORTABLE)
    list(APPEND objects $<TARGET_OBJECTS:aisle_boost_url>)
else()
    list(APPEND libraries Boost::url)
endif()
if(TARGET aisle::isal)
    list(APPEND libraries aisle::isal)
endif()

foreach(kind static shared)
    string(TOUPPER ${kind} KIND)
    add_library(aisle_${kind} ${KIND} ${objects})
    add_library(aisle::${kind} ALIAS aisle_${kind})
    target_link_libraries(aisle_${kind} PUBLIC aisle_headers PRIVATE ${libraries} $<BUILD_INTERFACE:aisle_flags>)
    set_target_properties(aisle_${kind} PROPERTIES OUTPUT_NAME aisle EXPORT_NAME ${kind} LINKER_LANGUAGE CXX)
endforeach()

# Hides what the compiler does not: templates of the standard library that are instantiated here.
set(exports ${PROJECT_BINARY_DIR}/exports.map)
configure_file(${PROJECT_SOURCE_DIR}/cmake/exports.map.in ${exports} @ONLY)
target_link_options(aisle_shared PRIVATE LINKER:--version-script=${exports} LINKER:--exclude-libs,ALL)
if(NOT AISLE_SANITIZE)  # the program has the functions of the sanitizers
    target_link_options(aisle_shared PRIVATE LINKER:--no-undefined)
endif()
set_target_properties(aisle_shared PROPERTIES VERSION ${PROJECT_VERSION} SOVERSION ${AISLE_SOVERSION}
                                              LINK_DEPENDS ${exports})

if(BUILD_SHARED_LIBS)
    add_library(aisle::aisle ALIAS aisle_shared)
else()
    add_library(aisle::aisle ALIAS aisle_static)
endif()
# A project that embeds Aisle builds only the kind that it links.
if(NOT AISLE_INSTALL)
    set_target_properties(aisle_static aisle_shared PROPERTIES EXCLUDE_FROM_ALL ON)
endif()
