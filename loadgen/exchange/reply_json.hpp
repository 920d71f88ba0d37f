#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <string_view>

#include "loadgen/workload/request_mix.hpp"

namespace hopcost::loadgen {

/// What one JSON object of a reply says, as far as measuring needs it. Views live until the next
/// read. A field of the wrong type makes `valid` false, never an exception.
struct ReplyPiece {
  bool valid = false;        ///< JSON, and of the shape asked for
  bool has_choices = false;  ///< `choices` is not empty; embeddings: `data`; responses: any output
  bool has_content = false;  ///< text, reasoning or a tool call that is not empty
  bool finished = false;     ///< a finish_reason that is not null; responses: completed
  std::string_view content;  ///< the first choice's text
  bool is_error = false;     ///< an `error` object in place of an answer
  std::string_view error_message;
  std::string_view model;  ///< who answered, as the JSON has it: in quotes; empty: it says nothing
  bool has_usage = false;
  std::uint64_t prompt_tokens = 0;
  std::uint64_t completion_tokens = 0;
  std::uint64_t cached_tokens = 0;
};

/// Reads what servers reply through one interface; one per thread, it reuses its memory.
class ReplyJson {
 public:
  explicit ReplyJson(Api api = Api::chat);
  ~ReplyJson();
  ReplyJson(const ReplyJson&) = delete;
  ReplyJson& operator=(const ReplyJson&) = delete;

  /// The data of one event of a stream.
  [[nodiscard]] ReplyPiece read_event(std::string_view json) { return read(json, true); }
  /// A whole reply.
  [[nodiscard]] ReplyPiece read_reply(std::string_view json) { return read(json, false); }
  [[nodiscard]] Api api() const { return api_; }

 private:
  ReplyPiece read(std::string_view json, bool event);

  struct Memory;
  Api api_;
  std::unique_ptr<Memory> memory_;
};

}  // namespace hopcost::loadgen
