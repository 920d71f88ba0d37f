#include "mockserver/api/piece_text.hpp"

#include "common/stamp.hpp"
#include "mockserver/api/json_text.hpp"
#include "mockserver/api/reply_writer.hpp"

namespace hopcost::mockserver {

void append_escaped_tokens(std::string& out, const TokenText& text, std::uint32_t begin,
                           std::uint32_t end) {
  for (std::uint32_t i = begin; i < end; ++i) append_escaped(out, text[i]);
}

std::string json_line(const nlohmann::ordered_json& document) {
  return document.dump(-1, ' ', false, nlohmann::ordered_json::error_handler_t::replace);
}

std::size_t append_stamp_room(std::string& out, const Question& question, bool first_content) {
  if (!question.stamp_id) return kNoStamp;
  const std::size_t at = out.size();
  out.append(first_content ? ReplyStamp::kSize : ChunkStamp::kSize, '0');
  return at;
}

}  // namespace hopcost::mockserver
