# End-to-end tests: every tests/e2e/test_<name>.py is one ctest test, e2e/<name>, run with the crisol of this build and
# the Python packages that `make setup` (scripts/setup.sh test) brought.
#
# Under sanitizers those run that give them code of their own. These wait for servers, kill processes, repeat others on more rows
# or on another store, and take most of the time: they run once, plain.
set(e2e_once chaos containers crash dead_runs doubt events gold_owner gold_privileges golden_plan locks mounts payments process
    readme replacement_services s3_faults scale schema_suite services signals sqlstate tls)
set(CRISOL_PYTHON "${CMAKE_SOURCE_DIR}/build/venv/bin/python" CACHE FILEPATH "Python with scripts/requirements.txt")
if(TARGET crisol AND EXISTS ${CRISOL_PYTHON})
  file(GLOB e2e_tests CONFIGURE_DEPENDS ${CMAKE_CURRENT_SOURCE_DIR}/e2e/test_*.py)
  foreach(file ${e2e_tests})
    get_filename_component(name ${file} NAME_WE)
    string(REGEX REPLACE "^test_" "" short ${name})
    if(CRISOL_SANITIZE AND short IN_LIST e2e_once)
      continue()
    endif()
    add_test(NAME e2e/${short} COMMAND ${CRISOL_PYTHON} -B -m unittest -v ${name}
             WORKING_DIRECTORY ${CMAKE_CURRENT_SOURCE_DIR}/e2e)
    set_tests_properties(e2e/${short} PROPERTIES
      ENVIRONMENT "CRISOL=$<TARGET_FILE:crisol>;PYTHONDONTWRITEBYTECODE=1" TIMEOUT 600)
  endforeach()
elseif(TARGET crisol)
  message(STATUS "No end-to-end tests: ${CRISOL_PYTHON} was not found (run scripts/setup.sh test)")
endif()
