# Every dependency comes from the system's packages (README lists them); nothing is downloaded here.
find_package(Threads REQUIRED)
find_package(Boost 1.81 REQUIRED COMPONENTS system url)
find_package(nlohmann_json REQUIRED)
find_package(simdjson REQUIRED)
find_package(yaml-cpp REQUIRED)
find_package(CLI11 REQUIRED)
find_package(fmt REQUIRED)
find_package(spdlog REQUIRED)
find_package(benchmark REQUIRED)
find_package(OpenSSL REQUIRED)
find_package(ZLIB REQUIRED)
find_library(ZSTD_LIBRARY zstd REQUIRED)
find_path(ZSTD_INCLUDE_DIR zstd.h REQUIRED)
add_library(zstd::zstd UNKNOWN IMPORTED)
set_target_properties(zstd::zstd PROPERTIES
  IMPORTED_LOCATION "${ZSTD_LIBRARY}" INTERFACE_INCLUDE_DIRECTORIES "${ZSTD_INCLUDE_DIR}")
if(HOPCOST_TESTS)
  find_package(Catch2 REQUIRED)
endif()

# yaml-cpp 0.7 exports a plain target name, 0.8 a namespaced one.
if(NOT TARGET yaml-cpp::yaml-cpp)
  add_library(yaml-cpp::yaml-cpp ALIAS yaml-cpp)
endif()

# Asio and Beast, compiled once (common/asio_impl.cpp) instead of in every source.
add_library(hopcost_asio INTERFACE)
add_library(hopcost::asio ALIAS hopcost_asio)
target_link_libraries(hopcost_asio INTERFACE Boost::headers Boost::url OpenSSL::SSL Threads::Threads)
target_compile_definitions(hopcost_asio INTERFACE
  BOOST_ASIO_SEPARATE_COMPILATION BOOST_BEAST_SEPARATE_COMPILATION BOOST_ASIO_NO_DEPRECATED)
