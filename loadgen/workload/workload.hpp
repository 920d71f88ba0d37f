#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "common/clock.hpp"
#include "loadgen/options.hpp"
#include "loadgen/workload/dataset.hpp"

namespace hopcost::loadgen {

/// What one request asks for. Equal ones have the same bytes, but for the stamp.
struct Asked {
  std::uint32_t prompt = 0;  ///< tokens, a shared beginning included
  std::uint32_t output = 0;  ///< tokens at most
  std::uint32_t words = 0;   ///< which words the prompt has
  std::uint32_t group = 0;   ///< which shared beginning
  std::uint32_t entry = 0;   ///< of the dataset
  std::uint16_t model = 0;
  std::uint16_t kind = 0;

  bool operator==(const Asked&) const = default;
};

/// Refuses what is not a JSON object, or has a field that other options set. No text is right.
[[nodiscard]] Result<void> check_extra_body(const std::string& text);

/// The requests of a run. Immutable: all threads share it.
class Workload {
 public:
  /// `entries`: of the dataset, where there is one.
  Workload(const Options& options, std::shared_ptr<const std::vector<DatasetEntry>> entries);

  /// What request `number` of the run asks for: depends on the options and on nothing else, so that
  /// threads and connections do not change it.
  [[nodiscard]] Asked ask(std::uint64_t number) const;

  /// Puts the request for one target together in `out`. A synthetic prompt has exactly
  /// `asked.prompt` tokens: a stamp joins the question's first word, so it costs none. `earlier`:
  /// JSON of the messages of a conversation before it, each with a comma behind. Returns where the
  /// stamp is; npos without stamps.
  std::size_t render(const Asked& asked, std::size_t target, std::string_view earlier,
                     std::string& out) const;

  /// The user's message as it was sent, as JSON with a comma behind, for a conversation's next
  /// turn.
  [[nodiscard]] std::string question_message(const Asked& asked, std::uint32_t id,
                                             Nanos send_ns) const;

  /// Prompt lengths become true on a model whose tokens are not our words: with `extra` tokens a
  /// request and `per_word` tokens a word, as usage told.
  void calibrate(double extra, double per_word);

 private:
  struct Head {
    std::string front;  ///< up to the content length
    std::string rest;   ///< from there
  };
  void append_words(std::string& out, std::uint32_t first, std::uint32_t count) const;
  void append_question(const Asked& asked, std::string& out) const;
  [[nodiscard]] std::uint32_t words_for(std::uint32_t tokens) const;

  Api api_;
  bool stamped_;
  bool same_prompts_;
  std::uint64_t seed_;
  std::vector<RequestClass> classes_;
  std::vector<double> class_shares_;  ///< cumulative, up to 1
  std::vector<double> model_shares_;
  SharedPrefix prefix_;
  std::vector<std::uint32_t> group_lengths_;
  std::shared_ptr<const std::vector<DatasetEntry>> entries_;
  std::vector<std::string> earlier_;    ///< of each entry: JSON before the last question
  std::vector<std::string> questions_;  ///< of each entry: the last question, escaped
  std::vector<Head> heads_;             ///< by target
  std::vector<std::string> fronts_;     ///< by model: the JSON up to the prompt
  std::string open_question_;
  std::string close_question_;
  std::string limit_;  ///< from the prompt's end to the limit's value; empty: there is no limit
  std::string tail_;   ///< from there
  std::string words_;  ///< the longest prompt
  std::vector<std::uint32_t> ends_;  ///< of the first 0, 1, 2, ... of them
  double extra_tokens_ = 0;
  double tokens_per_word_ = 1;
};

}  // namespace hopcost::loadgen
