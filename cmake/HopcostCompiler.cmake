# Flags for our own targets only; an installed header never inherits them.
add_library(hopcost_flags INTERFACE)
add_library(hopcost::flags ALIAS hopcost_flags)
target_compile_options(hopcost_flags INTERFACE
  -Wall -Wextra -Wpedantic -Wshadow -Wconversion -Wnon-virtual-dtor -Wold-style-cast -Woverloaded-virtual
  -Wimplicit-fallthrough -Werror)

if(CMAKE_CXX_COMPILER_ID STREQUAL "Clang")
  # libstdc++ 12's own std::stable_sort calls what it has declared deprecated.
  target_compile_options(hopcost_flags INTERFACE -Wno-deprecated-declarations)
endif()

if(HOPCOST_SANITIZE)
  target_compile_options(hopcost_flags INTERFACE -fsanitize=${HOPCOST_SANITIZE} -fno-omit-frame-pointer)
  target_link_options(hopcost_flags INTERFACE -fsanitize=${HOPCOST_SANITIZE})
  if(HOPCOST_SANITIZE MATCHES "undefined")
    target_compile_options(hopcost_flags INTERFACE -fno-sanitize-recover=undefined)
  endif()
  if(CMAKE_CXX_COMPILER_ID STREQUAL "GNU")
    # What g++ concludes from the code it has instrumented is often wrong; release and dev ask without.
    target_compile_options(hopcost_flags INTERFACE
      -Wno-array-bounds -Wno-maybe-uninitialized -Wno-restrict -Wno-stringop-overflow -Wno-stringop-overread)
    if(HOPCOST_SANITIZE MATCHES "thread")
      target_compile_options(hopcost_flags INTERFACE -Wno-tsan)  # Asio's fences, which g++ does not model
    endif()
  endif()
endif()

if(HOPCOST_FUZZ)
  # Coverage for libFuzzer in every library; only the fuzz targets link its main.
  target_compile_options(hopcost_flags INTERFACE -fsanitize=fuzzer-no-link)
endif()

find_program(HOPCOST_CCACHE ccache)
if(HOPCOST_CCACHE)
  # Precompiled headers need these two liberties to be cached at all.
  set(CMAKE_CXX_COMPILER_LAUNCHER
    ${CMAKE_COMMAND} -E env CCACHE_SLOPPINESS=pch_defines,time_macros ${HOPCOST_CCACHE})
  add_compile_options($<$<CXX_COMPILER_ID:GNU>:-fpch-preprocess>)
endif()

# Link-time optimisation on all cores: CMake's default for g++ links on one. Objects hold machine code too, so
# that what need not be fast can do without (hopcost_links_quickly).
if(CMAKE_CXX_COMPILER_ID STREQUAL "GNU")
  set(CMAKE_CXX_COMPILE_OPTIONS_IPO -flto=auto -ffat-lto-objects)
  set(CMAKE_CXX_LINK_OPTIONS_IPO -flto=auto)
endif()
