include(CTest)

# hopcost_component(NAME SOURCES ... [DEPENDS ...] [PCH header...])
# One room of the house: a static library hopcost::NAME whose headers are included as "NAME/file.hpp".
function(hopcost_component name)
  cmake_parse_arguments(ARG "" "" "SOURCES;DEPENDS;PCH" ${ARGN})
  add_library(hopcost_${name} STATIC ${ARG_SOURCES})
  add_library(hopcost::${name} ALIAS hopcost_${name})
  target_include_directories(hopcost_${name} PUBLIC ${PROJECT_SOURCE_DIR} ${PROJECT_BINARY_DIR}/generated)
  target_link_libraries(hopcost_${name} PUBLIC ${ARG_DEPENDS} PRIVATE hopcost::flags)
  if(ARG_PCH)
    target_precompile_headers(hopcost_${name} PRIVATE ${ARG_PCH})
  endif()
endfunction()

# hopcost_uses_simdjson(FILE...): simdjson's on-demand parser is chosen when a source is compiled; without
# these flags x86-64 gets its slow fallback. Every x86-64 CPU since 2010 has them.
function(hopcost_uses_simdjson)
  if(CMAKE_SYSTEM_PROCESSOR MATCHES "x86_64|AMD64")
    # A precompiled header made without them would not be used.
    set_source_files_properties(${ARGN} PROPERTIES COMPILE_OPTIONS "-msse4.2;-mpclmul" SKIP_PRECOMPILE_HEADERS ON)
  endif()
endfunction()

# hopcost_program(NAME SOURCES ... DEPENDS ...): build/<preset>/bin/NAME
function(hopcost_program name)
  cmake_parse_arguments(ARG "" "" "SOURCES;DEPENDS" ${ARGN})
  add_executable(${name} ${ARG_SOURCES})
  target_include_directories(${name} PRIVATE ${PROJECT_SOURCE_DIR} ${PROJECT_BINARY_DIR}/generated)
  target_link_libraries(${name} PRIVATE ${ARG_DEPENDS} hopcost::flags)
endfunction()

# hopcost_builds_quickly(TARGET): for what no request passes through: hardly optimised, not at link time. What it
# calls is as its own room has it.
function(hopcost_builds_quickly target)
  set_target_properties(${target} PROPERTIES INTERPROCEDURAL_OPTIMIZATION OFF)
  target_compile_options(${target} PRIVATE $<$<CONFIG:Release>:-O1>)
  if(CMAKE_CXX_COMPILER_ID STREQUAL "GNU")
    # In std::string, where a precompiled header hides that it is the system's.
    target_compile_options(${target} PRIVATE -Wno-array-bounds -Wno-stringop-overflow -Wno-restrict)
  endif()
endfunction()

# hopcost_links_quickly(TARGET): a program without link-time optimisation, which costs half a minute a program. What
# it tests is optimised; its own code hardly (where it is, g++ 12 invents overlapping copies in std::string).
function(hopcost_links_quickly target)
  hopcost_builds_quickly(${target})
  if(CMAKE_CXX_COMPILER_ID STREQUAL "GNU")
    target_link_options(${target} PRIVATE -fno-lto)
  endif()
endfunction()

# hopcost_test(NAME SOURCES ... DEPENDS ... [PROGRAMS ...] [LABELS ...] [TIMEOUT seconds])
# One Catch2 program; every TEST_CASE becomes one ctest entry, skipped where it prints a line "SKIPPED: why". PROGRAMS are built before it runs, and it
# finds them through the environment variable HOPCOST_BIN; the macro HOPCOST_SOURCE is the repository.
function(hopcost_test name)
  cmake_parse_arguments(ARG "" "TIMEOUT" "SOURCES;DEPENDS;PROGRAMS;LABELS" ${ARGN})
  if(NOT ARG_TIMEOUT)
    set(ARG_TIMEOUT 300)
  endif()
  add_executable(${name} ${ARG_SOURCES})
  target_include_directories(${name} PRIVATE ${PROJECT_SOURCE_DIR} ${PROJECT_BINARY_DIR}/generated)
  target_link_libraries(${name} PRIVATE ${ARG_DEPENDS} Catch2::Catch2WithMain hopcost::flags)
  target_compile_definitions(${name} PRIVATE HOPCOST_SOURCE="${PROJECT_SOURCE_DIR}")
  hopcost_links_quickly(${name})
  # Catch2 is most of what a test costs to compile. Headers of the system only: a cached one does not know
  # that ours, which say #pragma once, are the same files.
  if(Catch2_VERSION VERSION_LESS 3)
    target_precompile_headers(${name} PRIVATE <catch2/catch.hpp> <nlohmann/json.hpp>)
  else()
    target_precompile_headers(${name} PRIVATE <catch2/catch_all.hpp> <nlohmann/json.hpp>)
  endif()
  if(ARG_PROGRAMS)
    add_dependencies(${name} ${ARG_PROGRAMS})
  endif()
  include(Catch)
  # A name that finds no test is an error; Catch2 3 has it so by itself.
  set(strict "")
  if(Catch2_VERSION VERSION_LESS 3)
    set(strict EXTRA_ARGS --warn NoTests)
  endif()
  catch_discover_tests(${name} TEST_PREFIX "${name}: " ${strict}
    PROPERTIES LABELS "${ARG_LABELS}" TIMEOUT ${ARG_TIMEOUT} SKIP_REGULAR_EXPRESSION "SKIPPED: "
    ENVIRONMENT "HOPCOST_BIN=${CMAKE_RUNTIME_OUTPUT_DIRECTORY}")
endfunction()
