#pragma once

#include <optional>
#include <stop_token>
#include <string>
#include <vector>

#include <nlohmann/json_fwd.hpp>

#include "common/clock.hpp"
#include "common/error.hpp"
#include "overhead/plan/experiment.hpp"

namespace hopcost::overhead {

/// Asks a cluster: kubectl or oc as a process of its own, with its current context, in one
/// namespace. No credentials are read but by it.
class Kubectl {
 public:
  explicit Kubectl(ClusterPlace place) : place_(std::move(place)) {}

  [[nodiscard]] const std::string& name_space() const { return place_.name_space; }
  [[nodiscard]] const std::string& program() const { return place_.kubectl; }
  [[nodiscard]] Nanos patience() const { return place_.patience; }

  /// What it did. `printed` is its standard output, `complaint` its standard error; no code: it
  /// took too long or was told to stop, and was ended.
  struct Ended {
    std::optional<int> code;
    std::string printed;
    std::string complaint;
  };
  /// Runs it to its end. An Error only where it cannot be started.
  [[nodiscard]] Result<Ended> run(std::vector<std::string> arguments, Nanos limit,
                                  const std::stop_token& stop = {}) const;

  /// What it prints; where it does not exit with 0 an Error (unreachable) that says what to look
  /// at.
  [[nodiscard]] Result<std::string> ask(std::vector<std::string> arguments,
                                        Nanos limit = 30 * kSecond) const;
  /// The same with `--output json`, parsed.
  [[nodiscard]] Result<nlohmann::json> get(std::vector<std::string> arguments) const;
  /// A command in a container of a pod. Its exit code is the code of what this returns.
  [[nodiscard]] Result<Ended> exec(const std::string& pod, const std::string& container,
                                   const std::vector<std::string>& command, Nanos limit,
                                   const std::stop_token& stop = {}) const;

  /// What it complained of, in one line that says what to look at.
  [[nodiscard]] std::string advice_for(const std::string& complaint) const;

 private:
  ClusterPlace place_;
};

}  // namespace hopcost::overhead
