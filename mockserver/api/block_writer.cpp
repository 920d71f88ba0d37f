#include "mockserver/api/block_writer.hpp"

#include <algorithm>

#include "mockserver/api/piece_text.hpp"

namespace hopcost::mockserver {

std::vector<Block> blocks_of(const Choice& choice) {
  std::vector<Block> blocks;
  std::uint32_t step = 0;
  const auto add = [&](Block::Kind kind, const TokenText& tokens, const ToolCall* call) {
    blocks.push_back({kind, &tokens, call, step});
    step += tokens.size();
  };
  if (!choice.reasoning.empty()) add(Block::Kind::reasoning, choice.reasoning, nullptr);
  const bool cut_in_reasoning = !choice.reasoning.empty() && choice.finish == Finish::length;
  if (!choice.content.empty() || (choice.calls.empty() && !cut_in_reasoning)) {
    add(Block::Kind::text, choice.content, nullptr);
  }
  for (const auto& call : choice.calls) add(Block::Kind::call, call.arguments, &call);
  return blocks;
}

void append_block(std::string& out, const Question& question, const Block& block,
                  std::size_t* stamp_at) {
  if (stamp_at != nullptr && block.kind == Block::Kind::text && !block.tokens->empty()) {
    *stamp_at = append_stamp_room(out, question, true);
  }
  append_escaped_tokens(out, *block.tokens, 0, block.tokens->size());
}

BlockWriter::BlockWriter(const Question& question, const Answer& answer)
    : question_(&question), answer_(&answer), blocks_(blocks_of(answer.choices.front())) {}

void BlockWriter::open(std::string& out) {
  current_ = 0;
  open_reply(out);
  open_block(out, current_);
}

void BlockWriter::go_on(std::string& out) {
  close_block(out, current_);
  ++current_;
  open_block(out, current_);
}

std::size_t BlockWriter::piece(std::string& out, std::uint32_t begin, std::uint32_t end) {
  std::size_t stamp_at = kNoStamp;
  for (;;) {
    const Block& block = blocks_[current_];
    const std::uint32_t from = std::max(begin, block.first_step);
    const std::uint32_t to = std::min(end, block.end_step());
    if (from < to) {
      begin_piece(out, current_);
      if (block.kind == Block::Kind::text) {
        stamp_at = append_stamp_room(out, *question_, from == block.first_step);
      }
      append_escaped_tokens(out, *block.tokens, from - block.first_step, to - block.first_step);
      end_piece(out, current_);
    }
    const bool more = end > block.end_step() && current_ + 1 < blocks_.size();
    if (!more) return stamp_at;
    go_on(out);
  }
}

void BlockWriter::close(std::string& out, bool /*terminator*/) {
  while (current_ + 1 < blocks_.size()) go_on(out);
  close_block(out, current_);
  close_reply(out);
}

}  // namespace hopcost::mockserver
