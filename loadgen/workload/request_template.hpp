#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "common/clock.hpp"
#include "loadgen/options.hpp"

namespace hopcost::loadgen {

/// How long a request's prompt is and how long its answer may get, in tokens.
struct Asked {
  std::uint32_t prompt = 0;
  std::uint32_t output = 0;

  bool operator==(const Asked&) const = default;
};

/// What request `number` of a run asks for: depends on the options and on nothing else, so that
/// threads and connections do not change it.
[[nodiscard]] Asked asked_by(const Options& options, std::uint64_t number);

/// Refuses what is not a JSON object, or has a field that other options set. No text is right.
[[nodiscard]] Result<void> check_extra_body(const std::string& text);

/// Chat-completion requests for one target, all but their lengths and stamps. Immutable, so that
/// all connections of a thread share it.
class RequestTemplate {
 public:
  RequestTemplate(const Options& options, const ApiBase& target);

  /// Puts the request with these lengths together in `out`. The prompt has exactly `asked.prompt`
  /// tokens: a stamp joins the first word, so it costs none. Returns where the stamp is; npos
  /// without stamps.
  std::size_t render(const Asked& asked, std::string& out) const;

 private:
  std::string head_;                 ///< up to the content length
  std::string head_end_;             ///< from there
  std::string before_prompt_;        ///< the JSON, stamp included
  std::string before_output_;        ///< from the prompt to the limit's value
  std::string after_output_;         ///< from there
  std::string words_;                ///< the longest prompt
  std::vector<std::uint32_t> ends_;  ///< of the first 0, 1, 2, ... of them
  bool stamped_ = false;
};

}  // namespace hopcost::loadgen
