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
target_link_libraries(hopcost_asio INTERFACE Boost::headers Boost::url Threads::Threads)
target_compile_definitions(hopcost_asio INTERFACE
  BOOST_ASIO_SEPARATE_COMPILATION BOOST_BEAST_SEPARATE_COMPILATION BOOST_ASIO_NO_DEPRECATED)
