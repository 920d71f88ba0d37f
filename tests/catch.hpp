#pragma once

// Debian 12 has Catch2 2.13, newer systems 3.x: this header hides the difference.
#if __has_include(<catch2/catch_all.hpp>)
#include <catch2/catch_all.hpp>
#else
#include <catch2/catch.hpp>
// Version 2 has its Approx in Catch::Detail, where the vector matcher of the same name hides it.
namespace Catch {
using Detail::Approx;
}
#endif
