# Writes shell completions and man pages with AISLE_COMMAND, the command itself. Run by `cmake --install`.
set(share "$ENV{DESTDIR}${CMAKE_INSTALL_PREFIX}/share")

function(write_completions shell file)
    message(STATUS "Installing: ${share}/${file}")
    get_filename_component(folder "${share}/${file}" DIRECTORY)
    file(MAKE_DIRECTORY "${folder}")
    execute_process(COMMAND "${AISLE_COMMAND}" completions ${shell} OUTPUT_FILE "${share}/${file}"
                    COMMAND_ERROR_IS_FATAL ANY)
endfunction()

write_completions(bash bash-completion/completions/aisle)
write_completions(zsh zsh/site-functions/_aisle)
write_completions(fish fish/vendor_completions.d/aisle.fish)
message(STATUS "Installing: ${share}/man/man1/aisle*.1")
execute_process(COMMAND "${AISLE_COMMAND}" man --all "${share}/man/man1" COMMAND_ERROR_IS_FATAL ANY)
