#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <vector>

#include "mockserver/api/answer.hpp"
#include "mockserver/api/reply_writer.hpp"

namespace hopcost::mockserver {

/// One part of an answer that a format of blocks (responses, messages) sends on its own: all the
/// reasoning, all the text, or one call.
struct Block {
  enum class Kind : std::uint8_t { reasoning, text, call };
  Kind kind = Kind::text;
  const TokenText* tokens = nullptr;
  const ToolCall* call = nullptr;  ///< of a call
  std::uint32_t first_step = 0;    ///< of the answer's steps, where its first token is

  [[nodiscard]] std::uint32_t end_step() const { return first_step + tokens->size(); }
};

/// The blocks in the order of their tokens. An answer without calls has a text, though it may be
/// empty, unless it was cut short while it still reasoned.
[[nodiscard]] std::vector<Block> blocks_of(const Choice& choice);

/// All its tokens as the inside of a JSON string; with `stamp_at`, there is room for the reply's
/// stamp before a text that is not empty, and its place is put there.
void append_block(std::string& out, const Question& question, const Block& block,
                  std::size_t* stamp_at);

/// A stream of blocks, each opened before its first token and closed once all its tokens were sent:
/// the first is opened by open(), the last one closed by close(), so that a piece inside one block
/// is one event. Such formats have one choice.
class BlockWriter : public ReplyWriter {
 public:
  void open(std::string& out) final;
  [[nodiscard]] std::size_t piece(std::string& out, std::uint32_t begin, std::uint32_t end) final;
  void close(std::string& out, bool terminator) final;

 protected:
  /// Both must outlive the writer; `answer` has at least one choice.
  BlockWriter(const Question& question, const Answer& answer);

  [[nodiscard]] const Question& question() const { return *question_; }
  [[nodiscard]] const Answer& answer() const { return *answer_; }
  [[nodiscard]] const Choice& choice() const { return answer_->choices.front(); }
  [[nodiscard]] const std::vector<Block>& blocks() const { return blocks_; }

  virtual void open_reply(std::string& out) = 0;
  virtual void open_block(std::string& out, std::size_t index) = 0;
  /// What every piece of this block begins and ends with; escaped text goes in between.
  virtual void begin_piece(std::string& out, std::size_t index) = 0;
  virtual void end_piece(std::string& out, std::size_t index) = 0;
  virtual void close_block(std::string& out, std::size_t index) = 0;
  virtual void close_reply(std::string& out) = 0;

 private:
  /// Closes the open block and opens the one after it.
  void go_on(std::string& out);

  const Question* question_;
  const Answer* answer_;
  std::vector<Block> blocks_;
  std::size_t current_ = 0;  ///< the open one
};

}  // namespace hopcost::mockserver
