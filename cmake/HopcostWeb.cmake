# The reports' page (web/): esbuild makes one file of it when hopcost is built, so that no program needs Node to run.
#   HOPCOST_WEB=AUTO  with the page where Node 18 or later, npm and its registry are there, else without, and it says so
#   HOPCOST_WEB=ON    not without it
#   HOPCOST_WEB=OFF   without it; programs then say what is missing
set(HOPCOST_WEB AUTO CACHE STRING "Build the reports' page: AUTO, ON or OFF")
set_property(CACHE HOPCOST_WEB PROPERTY STRINGS AUTO ON OFF)

# hopcost_web_modules(RESULT): installs what package-lock.json names into the build folder, again only when that
# changes. RESULT: the reason why there is no page, or nothing.
function(hopcost_web_modules result)
  set(${result} "" PARENT_SCOPE)
  find_program(NODE NAMES node nodejs)
  find_program(NPM npm)
  if(NOT NODE OR NOT NPM)
    set(${result} "Node.js and npm are not installed (scripts/install-deps.sh web)" PARENT_SCOPE)
    return()
  endif()
  execute_process(COMMAND ${NODE} -p "parseInt(process.versions.node)"
    OUTPUT_VARIABLE version OUTPUT_STRIP_TRAILING_WHITESPACE ERROR_QUIET)
  if(NOT version GREATER_EQUAL 18)
    set(${result} "Node.js is older than 18" PARENT_SCOPE)
    return()
  endif()
  set(lock ${CMAKE_CURRENT_SOURCE_DIR}/package-lock.json)
  set(folder ${CMAKE_CURRENT_BINARY_DIR}/modules)
  set_property(DIRECTORY APPEND PROPERTY CMAKE_CONFIGURE_DEPENDS ${lock})
  file(SHA256 ${lock} wanted)
  if(EXISTS ${folder}/installed)
    file(READ ${folder}/installed found)
    if(found STREQUAL wanted)
      return()
    endif()
  endif()
  message(STATUS "Installing what the reports' page is built with (npm)")
  file(MAKE_DIRECTORY ${folder})
  file(COPY ${CMAKE_CURRENT_SOURCE_DIR}/package.json ${lock} DESTINATION ${folder})
  # Nothing is written to the user's home; no script of a package runs.
  execute_process(
    COMMAND ${CMAKE_COMMAND} -E env npm_config_cache=${CMAKE_CURRENT_BINARY_DIR}/npm npm_config_update_notifier=false
            ${NPM} ci --ignore-scripts --no-audit --no-fund
    WORKING_DIRECTORY ${folder} OUTPUT_VARIABLE said ERROR_VARIABLE said RESULT_VARIABLE failed)
  if(failed)
    set(${result} "npm ci failed: ${said}" PARENT_SCOPE)
    return()
  endif()
  file(WRITE ${folder}/installed ${wanted})
endfunction()
