# What `cmake --install` installs, in three components (packages.cmake makes a Debian package of each):
#   runtime       the shared library
#   development   headers, the static library, and the files for CMake and pkg-config
#   command       the command `aisle`, its completions and man pages; see cli/CMakeLists.txt

include(GNUInstallDirs)
include(CMakePackageConfigHelpers)
set(package_dir ${CMAKE_INSTALL_LIBDIR}/cmake/aisle)

install(TARGETS aisle_headers EXPORT aisle-headers FILE_SET HEADERS COMPONENT development)
install(TARGETS aisle_static EXPORT aisle-static ARCHIVE COMPONENT development)
install(TARGETS aisle_shared EXPORT aisle-shared LIBRARY COMPONENT runtime NAMELINK_COMPONENT development)
foreach(set headers static shared)
    install(EXPORT aisle-${set} NAMESPACE aisle:: DESTINATION ${package_dir} COMPONENT development)
endforeach()

# find_package(aisle CONFIG)
set(plain_libraries lz4 zstd xxhash)  # have no CMake package
set(plain_headers lz4frame.h zstd.h xxhash.h)
if(TARGET aisle::isal)
    list(APPEND plain_libraries isal)
    list(APPEND plain_headers isa-l/igzip_lib.h)
endif()
set(config ${PROJECT_BINARY_DIR}/package/aisle-config.cmake)
configure_package_config_file(${PROJECT_SOURCE_DIR}/cmake/aisle-config.cmake.in ${config}
                              INSTALL_DESTINATION ${package_dir} NO_SET_AND_CHECK_MACRO)
if(PROJECT_VERSION_MAJOR EQUAL 0)
    set(compatible SameMinorVersion)
else()
    set(compatible SameMajorVersion)
endif()
write_basic_package_version_file(${PROJECT_BINARY_DIR}/package/aisle-config-version.cmake COMPATIBILITY ${compatible})
install(FILES ${config} ${PROJECT_BINARY_DIR}/package/aisle-config-version.cmake
              ${PROJECT_SOURCE_DIR}/third_party/find_library.cmake
        DESTINATION ${package_dir} COMPONENT development)

# pkg-config aisle
set(pkgconfig_dir ${CMAKE_INSTALL_LIBDIR}/pkgconfig)
file(RELATIVE_PATH prefix_from_pc ${CMAKE_INSTALL_FULL_LIBDIR}/pkgconfig ${CMAKE_INSTALL_PREFIX})
string(REGEX REPLACE "/$" "" prefix_from_pc ${prefix_from_pc})
list(JOIN plain_libraries " -l" private_libraries)
configure_file(${PROJECT_SOURCE_DIR}/cmake/aisle.pc.in ${PROJECT_BINARY_DIR}/package/aisle.pc @ONLY)
install(FILES ${PROJECT_BINARY_DIR}/package/aisle.pc DESTINATION ${pkgconfig_dir} COMPONENT development)
