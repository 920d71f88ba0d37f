// Microbenchmarks of load generator and reference proxy, and round trips with one user. Prints;
// asserts nothing: overhead_micro --benchmark_filter=... Those of the mock: mockserver_micro.

#include <benchmark/benchmark.h>

BENCHMARK_MAIN();
