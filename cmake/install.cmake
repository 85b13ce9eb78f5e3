# `make install`: the program, the libduckdb that it was built with (a system one stays where it is), completions, docs.
install(TARGETS crisol RUNTIME DESTINATION bin)
install(FILES README.md README.es.md CHANGELOG.md LICENSE DESTINATION share/doc/crisol)
install(DIRECTORY docs examples DESTINATION share/doc/crisol)

string(FIND "${DUCKDB_LIBRARY}" "${CRISOL_DEPS}/" own_duckdb)
if(own_duckdb EQUAL 0)
  set_target_properties(crisol PROPERTIES INSTALL_RPATH "$ORIGIN/../lib/crisol")
  install(FILES ${DUCKDB_LIBRARY} DESTINATION lib/crisol
          PERMISSIONS OWNER_READ OWNER_WRITE OWNER_EXECUTE GROUP_READ GROUP_EXECUTE WORLD_READ WORLD_EXECUTE)
  install(FILES ${CRISOL_DEPS}/duckdb/httpfs.duckdb_extension DESTINATION lib/crisol OPTIONAL)
  install(FILES ${CRISOL_DEPS}/duckdb/LICENSE DESTINATION lib/crisol RENAME LICENSE-duckdb OPTIONAL)
endif()

# The shells' completions are printed by the program itself, from its tables.
install(CODE [[
  function(crisol_completion shell file)
    execute_process(COMMAND "${CRISOL_BUILT}" completion ${shell} OUTPUT_VARIABLE text RESULT_VARIABLE result)
    if(NOT result EQUAL 0)
      message(FATAL_ERROR "crisol completion ${shell} failed")
    endif()
    message(STATUS "Installing: $ENV{DESTDIR}${CMAKE_INSTALL_PREFIX}/share/${file}")
    file(WRITE "$ENV{DESTDIR}${CMAKE_INSTALL_PREFIX}/share/${file}" "${text}")
  endfunction()
]])
install(CODE "set(CRISOL_BUILT \"$<TARGET_FILE:crisol>\")
  crisol_completion(bash bash-completion/completions/crisol)
  crisol_completion(zsh zsh/site-functions/_crisol)
  crisol_completion(fish fish/vendor_completions.d/crisol.fish)")
