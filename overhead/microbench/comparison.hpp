#pragma once

#include <filesystem>
#include <map>
#include <string>
#include <vector>

#include "common/error.hpp"
#include "overhead/microbench/rank_test.hpp"

namespace hopcost::overhead {

/// What a Google Benchmark JSON file says: of each benchmark one time a repetition.
struct BenchmarkFile {
  std::filesystem::path file;
  std::map<std::string, std::string> machine;     ///< host and CPUs: what must be alike
  std::map<std::string, std::vector<double>> ns;  ///< an iteration; CPU, or real time where the
                                                  ///< benchmark's name asks for it
};

/// An Error names the file, and the field that is missing or of the wrong type.
[[nodiscard]] Result<BenchmarkFile> read_benchmarks(const std::filesystem::path& file);

/// One benchmark in both files.
struct BenchmarkChange {
  enum class Seen { slower, faster, no_difference, too_few };
  std::string name;
  double base_ns = 0;  ///< median
  double head_ns = 0;  ///< median
  RankTest test;
  Seen seen = Seen::no_difference;

  /// Of base, above 0 where head takes longer.
  [[nodiscard]] double change() const { return base_ns > 0 ? head_ns / base_ns - 1 : 0; }
};

struct BenchmarkComparison {
  double level = 0.05;     ///< of all together that nothing is called different which is not
  double at_least = 0.02;  ///< smaller changes are not called any, however sure they are
  std::vector<BenchmarkChange> changes;
  std::vector<std::string> only_base;
  std::vector<std::string> only_head;
  std::string other_machine;  ///< in what the machines differ; empty: in nothing that is known

  /// 1: something is slower. 2: nothing could be told. Else 0.
  [[nodiscard]] int exit_code() const;
};

/// Bonferroni over the benchmarks that both have.
[[nodiscard]] BenchmarkComparison compare_benchmarks(const BenchmarkFile& base,
                                                     const BenchmarkFile& head, double level,
                                                     double at_least);
/// For people.
[[nodiscard]] std::string comparison_text(const BenchmarkComparison& comparison);

}  // namespace hopcost::overhead
