#include "mockserver/api/reply_writer.hpp"

#include "mockserver/api/chat_writer.hpp"

namespace hopcost::mockserver {

std::unique_ptr<ReplyWriter> make_writer(const Question& question, const Answer& answer,
                                         const ReplyFacts& facts) {
  switch (question.dialect) {
    case Dialect::chat:
      return make_chat_writer(question, answer, facts);
    case Dialect::completions:
    case Dialect::responses:
    case Dialect::messages:
      break;
  }
  return nullptr;
}

}  // namespace hopcost::mockserver
