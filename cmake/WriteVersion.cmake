find_program(GIT git)
# Without a repository, as in an image, whoever builds may say which commit it is.
set(HOPCOST_COMMIT "$ENV{HOPCOST_COMMIT}")
if(NOT HOPCOST_COMMIT)
  set(HOPCOST_COMMIT "unknown")
endif()
if(GIT)
  execute_process(COMMAND ${GIT} -C ${SOURCE} describe --always --dirty --abbrev=10
    OUTPUT_VARIABLE found OUTPUT_STRIP_TRAILING_WHITESPACE ERROR_QUIET RESULT_VARIABLE failed)
  if(failed EQUAL 0)
    set(HOPCOST_COMMIT ${found})
  endif()
endif()
configure_file(${IN} ${OUT} @ONLY)
