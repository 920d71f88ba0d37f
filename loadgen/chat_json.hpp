#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <string_view>

namespace hopcost::loadgen {

/// What one JSON object of a chat completion says, as far as measuring needs it. Views live until
/// the next read. A field of the wrong type makes `valid` false, never an exception.
struct ChatPiece {
  bool valid = false;        ///< JSON, and of the shape asked for
  bool has_choices = false;  ///< `choices` is not empty
  bool has_content = false;  ///< text, reasoning or a tool call that is not empty
  bool finished = false;     ///< a finish_reason that is not null
  std::string_view content;  ///< the first choice's text
  bool is_error = false;     ///< an `error` object in place of an answer
  std::string_view error_message;
  bool has_usage = false;
  std::uint64_t prompt_tokens = 0;
  std::uint64_t completion_tokens = 0;
};

/// Reads chat completion objects; one per thread, it reuses its memory.
class ChatJson {
 public:
  ChatJson();
  ~ChatJson();
  ChatJson(const ChatJson&) = delete;
  ChatJson& operator=(const ChatJson&) = delete;

  /// A `chat.completion.chunk`: the text is in choices[0].delta.
  [[nodiscard]] ChatPiece read_chunk(std::string_view json) { return read(json, "delta"); }
  /// A `chat.completion`: the text is in choices[0].message.
  [[nodiscard]] ChatPiece read_completion(std::string_view json) { return read(json, "message"); }

 private:
  ChatPiece read(std::string_view json, std::string_view carrier);

  struct Memory;
  std::unique_ptr<Memory> memory_;
};

}  // namespace hopcost::loadgen
