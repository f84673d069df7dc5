# Switches and the one target that carries compiler flags.

# What is built besides the library: everything for someone who works on Aisle, nothing in a project that embeds it.
option(AISLE_BUILD_PLAYGROUND "Build the playground, a server that behaves like a small AIStore cluster"
       ${PROJECT_IS_TOP_LEVEL})
option(AISLE_BUILD_CLI "Build the command; needs CLI11 and the playground" ${PROJECT_IS_TOP_LEVEL})
option(AISLE_BUILD_BENCH "Build the programs of scripts/bench" ${PROJECT_IS_TOP_LEVEL})
option(AISLE_BUILD_TESTS "Build the tests and the examples; needs Catch2, Python, the command and the benchmarks"
       ${PROJECT_IS_TOP_LEVEL})
option(AISLE_BUILD_PYTHON "Build the Python extension; needs nanobind in that Python, and the command" OFF)
option(AISLE_INSTALL "Define what cmake --install and cpack do" ${PROJECT_IS_TOP_LEVEL})
option(BUILD_SHARED_LIBS "aisle::aisle is the shared library instead of the static one" OFF)
option(AISLE_PORTABLE "Link for other distributions, as scripts/wheel does; see portable.cmake" OFF)
option(AISLE_DEVELOPER "Warnings are errors" OFF)
set(AISLE_SANITIZE "" CACHE STRING "Sanitizers to build with: empty, address;undefined, or thread")
option(AISLE_FUZZ "Link the fuzzers with libFuzzer (clang), and instrument what they read" OFF)

function(aisle_needs option other)
    if(${option} AND NOT ${other})
        message(FATAL_ERROR "${option} needs ${other}=ON")
    endif()
endfunction()
aisle_needs(AISLE_BUILD_CLI AISLE_BUILD_PLAYGROUND)
aisle_needs(AISLE_BUILD_TESTS AISLE_BUILD_CLI)
aisle_needs(AISLE_BUILD_TESTS AISLE_BUILD_BENCH)
aisle_needs(AISLE_BUILD_PYTHON AISLE_BUILD_CLI)

set(CMAKE_CXX_STANDARD 20)
set(CMAKE_CXX_STANDARD_REQUIRED ON)
set(CMAKE_CXX_EXTENSIONS OFF)
# Functions and classes that the shared library exports are marked with AISLE_API (aisle/export.h).
set(CMAKE_CXX_VISIBILITY_PRESET hidden)
set(CMAKE_VISIBILITY_INLINES_HIDDEN ON)
set(CMAKE_EXPORT_COMPILE_COMMANDS ON)
set(CMAKE_RUNTIME_OUTPUT_DIRECTORY ${PROJECT_BINARY_DIR}/bin)
if(NOT CMAKE_BUILD_TYPE)
    set(CMAKE_BUILD_TYPE Release)
endif()

if(PROJECT_IS_TOP_LEVEL)
    find_program(AISLE_CCACHE ccache)
    if(AISLE_CCACHE AND NOT CMAKE_CXX_COMPILER_LAUNCHER)
        set(CMAKE_CXX_COMPILER_LAUNCHER ${AISLE_CCACHE})
        # CMake's default also has -MT with the path of the object file. ccache would then compile a source once for each
        # target, even if the targets have the same flags, as the engine, the fuzzers and the simulation do.
        if(CMAKE_GENERATOR MATCHES Ninja)
            set(CMAKE_DEPFILE_FLAGS_CXX "-MD -MF <DEP_FILE>")
        endif()
    endif()
endif()

add_library(aisle_flags INTERFACE)
target_compile_options(aisle_flags INTERFACE -Wall -Wextra -Wpedantic -Wshadow -Wconversion -Woverloaded-virtual)
if(CMAKE_CXX_COMPILER_ID STREQUAL "GNU" AND CMAKE_CXX_COMPILER_VERSION VERSION_LESS 13)
    # g++ 12 sees overlapping copies in std::string's operator+ where there are none (GCC bug 105651).
    target_compile_options(aisle_flags INTERFACE -Wno-restrict)
endif()
if(CMAKE_CXX_COMPILER_ID STREQUAL "GNU")
    # g++ 12 sees Asio's allocation of coroutine frames (aligned_alloc) as at odds with its own operator delete (free).
    target_compile_options(aisle_flags INTERFACE -Wno-mismatched-new-delete)
endif()
if(CMAKE_CXX_COMPILER_ID MATCHES "Clang")
    # Part of clang's -Wconversion and, for C++, not of g++'s.
    target_compile_options(aisle_flags INTERFACE -Wno-sign-conversion)
endif()
if(AISLE_DEVELOPER)
    target_compile_options(aisle_flags INTERFACE -Werror)
endif()
if(AISLE_FUZZ)
    if(NOT CMAKE_CXX_COMPILER_ID MATCHES "Clang")
        message(FATAL_ERROR "AISLE_FUZZ needs clang: cmake --preset fuzz")
    endif()
    list(APPEND AISLE_SANITIZE fuzzer-no-link)
endif()
if(AISLE_SANITIZE)
    list(JOIN AISLE_SANITIZE "," sanitizers)
    target_compile_options(aisle_flags INTERFACE -fsanitize=${sanitizers} -fno-sanitize-recover=all
                                                 -fno-omit-frame-pointer)
    target_link_options(aisle_flags INTERFACE -fsanitize=${sanitizers})
    if(CMAKE_CXX_COMPILER_ID STREQUAL "GNU")
        # Under sanitizers g++ 12 reports members of std::optional and of Catch2 that are never read uninitialised.
        target_compile_options(aisle_flags INTERFACE -Wno-maybe-uninitialized)
    endif()
    if("thread" IN_LIST AISLE_SANITIZE AND CMAKE_CXX_COMPILER_ID STREQUAL "GNU")
        # Asio's fences, which g++ says TSan does not follow; it warns from system headers too.
        target_compile_options(aisle_flags INTERFACE -Wno-tsan)
    endif()
endif()

if(AISLE_PORTABLE)
    include(portable)
endif()

# aisle_module(TARGET): a module. Its public headers are in include/; only targets that link the module see them. It is built
# if another target needs it.
function(aisle_module target)
    target_include_directories(${target} PUBLIC ${CMAKE_CURRENT_SOURCE_DIR}/include)
    target_compile_features(${target} PUBLIC cxx_std_20)
    target_link_libraries(${target} PRIVATE $<BUILD_INTERFACE:aisle_flags>)
    set_target_properties(${target} PROPERTIES POSITION_INDEPENDENT_CODE ON EXCLUDE_FROM_ALL ON)
    if(TARGET aisle_check_modules)
        add_dependencies(${target} aisle_check_modules)
    endif()
endfunction()

# The library itself needs no Python.
if(AISLE_BUILD_TESTS)
    find_package(Python3 REQUIRED COMPONENTS Interpreter)
elseif(PROJECT_IS_TOP_LEVEL)
    find_package(Python3 QUIET COMPONENTS Interpreter)
endif()
if(PROJECT_IS_TOP_LEVEL AND TARGET Python3::Interpreter)
    add_custom_target(aisle_check_modules
        COMMAND Python3::Interpreter ${PROJECT_SOURCE_DIR}/scripts/check_modules.py ${PROJECT_SOURCE_DIR}
        COMMENT "Checking the modules' dependencies")
endif()
