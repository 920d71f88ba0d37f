#pragma once

#include <memory>

#include "mockserver/api/reply_writer.hpp"

namespace hopcost::mockserver {

/// The wire format of chat completions. Every choice has its own role chunk, deltas and finish
/// chunk; a piece that spans reasoning, content and calls is one event for each of them, since no
/// delta carries two. Reasoning goes into `reasoning_content`, as vLLM and DeepSeek have it. A
/// choice with tool calls has the content null and no log probabilities. The three arguments must
/// outlive it.
[[nodiscard]] std::unique_ptr<ReplyWriter> make_chat_writer(const Question& question,
                                                            const Answer& answer,
                                                            const ReplyFacts& facts);

}  // namespace hopcost::mockserver
