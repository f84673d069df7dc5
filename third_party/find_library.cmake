# aisle_find_library(TARGET HEADER LIBRARY): makes an imported target for a library that has no CMake package, if the library
# is found. This file is installed too, for programs that link the static library. Its cache variables begin with AISLE_,
# because the project that includes it may search for the same library in another way.
function(aisle_find_library target header library)
    if(TARGET ${target})
        return()
    endif()
    find_path(AISLE_${library}_HEADERS ${header})
    find_library(AISLE_${library}_LIBRARY ${library})
    mark_as_advanced(AISLE_${library}_HEADERS AISLE_${library}_LIBRARY)
    if(AISLE_${library}_HEADERS AND AISLE_${library}_LIBRARY)
        add_library(${target} UNKNOWN IMPORTED GLOBAL)
        set_target_properties(${target} PROPERTIES IMPORTED_LOCATION "${AISLE_${library}_LIBRARY}"
                                                   INTERFACE_INCLUDE_DIRECTORIES "${AISLE_${library}_HEADERS}")
    endif()
endfunction()
