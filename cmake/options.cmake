# Switches and the one target that carries compiler flags.

option(AISLE_TESTS "Build the tests" ${PROJECT_IS_TOP_LEVEL})
option(AISLE_PYTHON "Build the Python extension; needs nanobind in that Python" OFF)
option(AISLE_PORTABLE "Link for other distributions, as scripts/wheel does; see portable.cmake" OFF)
option(AISLE_DEVELOPER "Warnings are errors" OFF)
set(AISLE_SANITIZE "" CACHE STRING "Sanitizers to build with: empty, address;undefined, or thread")
option(AISLE_FUZZ "Link the fuzzers with libFuzzer (clang), and instrument what they read" OFF)

set(CMAKE_CXX_STANDARD 20)
set(CMAKE_CXX_STANDARD_REQUIRED ON)
set(CMAKE_CXX_EXTENSIONS OFF)
set(CMAKE_EXPORT_COMPILE_COMMANDS ON)
set(CMAKE_RUNTIME_OUTPUT_DIRECTORY ${PROJECT_BINARY_DIR}/bin)
if(NOT CMAKE_BUILD_TYPE)
    set(CMAKE_BUILD_TYPE Release)
endif()

find_program(AISLE_CCACHE ccache)
if(AISLE_CCACHE AND NOT CMAKE_CXX_COMPILER_LAUNCHER)
    set(CMAKE_CXX_COMPILER_LAUNCHER ${AISLE_CCACHE})
endif()

add_library(aisle_flags INTERFACE)
target_compile_options(aisle_flags INTERFACE -Wall -Wextra -Wpedantic -Wshadow -Wconversion -Woverloaded-virtual)
if(CMAKE_CXX_COMPILER_ID STREQUAL "GNU" AND CMAKE_CXX_COMPILER_VERSION VERSION_LESS 13)
    # g++ 12 sees overlapping copies in std::string's operator+ where there are none (GCC bug 105651).
    target_compile_options(aisle_flags INTERFACE -Wno-restrict)
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
        # Under sanitizers g++ 12 reports members of std::optional and of Catch2 that are never read uninitialised, and
        # Asio's frames of coroutines as freed by the wrong operator where it inlines one of the two.
        target_compile_options(aisle_flags INTERFACE -Wno-maybe-uninitialized -Wno-mismatched-new-delete)
    endif()
    if("thread" IN_LIST AISLE_SANITIZE AND CMAKE_CXX_COMPILER_ID STREQUAL "GNU")
        # Asio's fences, which g++ says TSan does not follow; it warns from system headers too.
        target_compile_options(aisle_flags INTERFACE -Wno-tsan)
    endif()
endif()

if(AISLE_PORTABLE)
    include(portable)
endif()

# aisle_room(TARGET): a room's public headers lie in its include/, seen by what links it and by nobody else.
function(aisle_room target)
    target_include_directories(${target} PUBLIC ${CMAKE_CURRENT_SOURCE_DIR}/include)
    target_compile_features(${target} PUBLIC cxx_std_20)
    target_link_libraries(${target} PRIVATE $<BUILD_INTERFACE:aisle_flags>)
    set_target_properties(${target} PROPERTIES POSITION_INDEPENDENT_CODE ON)
    add_dependencies(${target} aisle_check_rooms)
endfunction()

find_package(Python3 REQUIRED COMPONENTS Interpreter)
add_custom_target(aisle_check_rooms
    COMMAND Python3::Interpreter ${PROJECT_SOURCE_DIR}/scripts/check_rooms.py ${PROJECT_SOURCE_DIR}
    COMMENT "Checking that no room includes what it must not know")
