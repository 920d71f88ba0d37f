#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "mockserver/api/answer.hpp"

namespace hopcost::mockserver::detail {

/// Where in `text` the first of the stop sequences begins, and which; the longer one where two
/// begin at the same place. Takes time in proportion to the lengths, whatever they hold.
struct StopPlace {
  std::size_t at = 0;
  std::size_t which = 0;
};
[[nodiscard]] std::optional<StopPlace> find_stop(std::string_view text,
                                                 const std::vector<std::string>& stops);

/// Puts the choices of one answer together; what all choices share is made once. Both arguments
/// must outlive it.
class Composer {
 public:
  Composer(const Question& question, const AnswerStyle& style);

  /// Choice `k` of the question's choices for `prompt`.
  [[nodiscard]] Choice choice(const std::string& prompt, std::uint32_t k) const;

 private:
  struct PlannedCall {
    std::string name;
    std::string arguments;
  };

  void plan_calls();
  void add_calls(Choice& choice, std::uint64_t hash, std::uint32_t limit) const;
  [[nodiscard]] TokenText words(std::uint64_t first, std::uint32_t count, std::uint32_t k) const;
  /// The content before any stop sequence; sets `cut` where the limit ended it.
  [[nodiscard]] TokenText content(std::uint64_t first, std::uint32_t k, std::uint32_t limit,
                                  bool& cut) const;
  void apply_stop(Choice& choice) const;

  const Question& question_;
  const AnswerStyle& style_;
  std::vector<PlannedCall> calls_;
  std::string document_;  ///< of a JSON format
};

}  // namespace hopcost::mockserver::detail
