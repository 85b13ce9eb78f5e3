# End-to-end tests: every tests/e2e/test_<name>.py is one ctest test, e2e/<name>, run with the crisol of this build and
# the Python packages that `make setup` (scripts/setup.sh test) brought.
#
# `make test` runs under sanitizers those that give them code of their own. The others wait for servers, kill processes, or take the
# same ways through the code with other values, on another store or on more rows: they have the label `plain`, and run without them
# (`make asan` runs all under sanitizers).
set(e2e_sanitized books broken_arrays columns commands connect_answers engine explode fidelity file_times gold_acts gold_load
    golden_check hostile init_exports locale metadata_touched parquet_faults parquet_types private quality records refusals s3_input
    schema secrets show silver source_columns sources spark_client standardization terminal worker)
# Programs of one Spark server, and of one cluster: one test, since a server takes as long to become warm as most of them to run.
set(e2e_of_one_spark spark_pipelines spark_gold spark_source spark_lost)
set(CRISOL_PYTHON "${CMAKE_SOURCE_DIR}/build/venv/bin/python" CACHE FILEPATH "Python with scripts/requirements.txt")
if(TARGET crisol AND EXISTS ${CRISOL_PYTHON})
  file(GLOB e2e_tests CONFIGURE_DEPENDS ${CMAKE_CURRENT_SOURCE_DIR}/e2e/test_*.py)
  if(NOT EXISTS ${CMAKE_SOURCE_DIR}/build/deps/spark.stamp)
    list(FILTER e2e_tests EXCLUDE REGEX "/test_spark_")
    message(STATUS "No tests of Spark: it is not in build/deps (run scripts/setup.sh spark)")
  endif()
  if(NOT EXISTS ${CMAKE_SOURCE_DIR}/build/deps/spark/s3a)
    list(FILTER e2e_tests EXCLUDE REGEX "/test_spark_s3.py") # scripts/spark.sh s3a brings it
  endif()
  function(e2e_test short)
    add_test(NAME e2e/${short} COMMAND ${CRISOL_PYTHON} -B -m unittest -v ${ARGN}
             WORKING_DIRECTORY ${CMAKE_CURRENT_SOURCE_DIR}/e2e)
    set_tests_properties(e2e/${short} PROPERTIES
      ENVIRONMENT "CRISOL=$<TARGET_FILE:crisol>;SPARK_CLIENT=$<TARGET_FILE:spark_client>;PYTHONDONTWRITEBYTECODE=1" TIMEOUT 900)
    if(short MATCHES "^spark_")
      set_tests_properties(e2e/${short} PROPERTIES RESOURCE_LOCK spark) # a server each: a gigabyte and all processors
    endif()
    if(short MATCHES "^(crash|doubt|gold_owner|s3_faults|spark)") # these take longest: no processor waits for them at the end
      set_tests_properties(e2e/${short} PROPERTIES COST 100)
    endif()
    if(NOT short IN_LIST e2e_sanitized)
      set_tests_properties(e2e/${short} PROPERTIES LABELS plain)
    endif()
  endfunction()
  set(of_one_spark)
  foreach(file ${e2e_tests})
    get_filename_component(name ${file} NAME_WE)
    string(REGEX REPLACE "^test_" "" short ${name})
    if(short IN_LIST e2e_of_one_spark)
      list(APPEND of_one_spark ${short})
    else()
      e2e_test(${short} ${name})
    endif()
  endforeach()
  if(of_one_spark)
    list(TRANSFORM e2e_of_one_spark PREPEND test_ OUTPUT_VARIABLE names)
    list(JOIN e2e_of_one_spark + together)
    e2e_test(${together} ${names})
    set_tests_properties(e2e/${together} PROPERTIES TIMEOUT 1800)
  endif()
elseif(TARGET crisol)
  message(STATUS "No end-to-end tests: ${CRISOL_PYTHON} was not found (run scripts/setup.sh test)")
endif()
