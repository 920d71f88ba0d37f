#pragma once

#include <initializer_list>
#include <string_view>

#include "mockserver/api/body.hpp"
#include "mockserver/api/question.hpp"

namespace hopcost::mockserver {

/// Fills what a Question says of its prompt from the texts of a conversation, in their order. A
/// message may be several texts.
class Conversation {
 public:
  /// Makes the question one of one prompt. Must not outlive it.
  explicit Conversation(Question& question);

  void begin_message();
  void user_text(std::string_view text);
  void other_text(std::string_view text);
  /// The message is, or holds, what a tool gave.
  void tool_result() { question_->continues_tool_call = true; }

 private:
  void take(std::string_view text);

  Question* question_;
  bool is_first_user_text_ = true;  ///< of its message
};

/// The id of the first request stamp anywhere in `text`: gateways may put words before it.
[[nodiscard]] std::optional<std::uint32_t> find_request_stamp(std::string_view text);

/// Which of `names` the text is; refuses any other.
[[nodiscard]] std::size_t one_of(const BodyValue& value,
                                 std::initializer_list<std::string_view> names);

/// Optional members of many bodies; each gives what is there, or leaves `target` as it is.
void read_flag(const BodyValue& root, std::string_view key, bool& target);
void read_seed(const BodyValue& root, Question& question);
/// One text or a list of them. An empty one would end every answer before it begins.
void read_stop(const BodyValue& stop, Question& question);
/// Checks a number that changes nothing here.
void check_number(const BodyValue& root, std::string_view key, double at_least, double at_most);
/// A schema: an object.
[[nodiscard]] nlohmann::ordered_json read_schema(const BodyValue& schema);
/// Sets the one tool that must be called; refuses a name no tool has.
void choose_tool(const BodyValue& name, Question& question);

}  // namespace hopcost::mockserver
