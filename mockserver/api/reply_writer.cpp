#include "mockserver/api/reply_writer.hpp"

#include "mockserver/api/chat_writer.hpp"
#include "mockserver/api/completions.hpp"
#include "mockserver/api/messages.hpp"
#include "mockserver/api/responses.hpp"

namespace hopcost::mockserver {

std::unique_ptr<ReplyWriter> make_writer(const Question& question, const Answer& answer,
                                         const ReplyFacts& facts) {
  switch (question.dialect) {
    case Dialect::chat:
      return make_chat_writer(question, answer, facts);
    case Dialect::completions:
      return make_completions_writer(question, answer, facts);
    case Dialect::responses:
      return make_responses_writer(question, answer, facts);
    case Dialect::messages:
      return make_messages_writer(question, answer, facts);
  }
  return nullptr;
}

}  // namespace hopcost::mockserver
