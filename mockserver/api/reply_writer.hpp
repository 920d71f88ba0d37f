#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <string>
#include <string_view>

#include "mockserver/api/answer.hpp"
#include "mockserver/api/api_error.hpp"

namespace hopcost::mockserver {

inline constexpr std::size_t kNoStamp = static_cast<std::size_t>(-1);

/// What a reply says of itself besides its answer. Views must live as long as the writer.
struct ReplyFacts {
  std::string_view id;       ///< sixteen hexadecimal digits; each format puts its prefix before
  std::string_view created;  ///< Unix seconds, in digits
  std::string_view model;
};

/// One answer in one wire format. Appends whole server-sent events with LF line ends
/// (`data: {...}\n\n`), one for each piece and choice, or one JSON body; knows nothing of HTTP,
/// time or sockets. The calls of a stream come in this order: open, piece for steps 0, 1, ...,
/// close. Every string is escaped; the output is valid UTF-8.
///
/// Where the question carries a stamp, the first content token is led by room for a reply stamp
/// (ReplyStamp::kSize bytes of '0'), every later piece of content by room for a chunk stamp, in the
/// first choice only; the place is returned, and whoever sends the bytes patches them there. A
/// format that repeats the text at the end (responses) repeats it without stamps.
class ReplyWriter {
 public:
  virtual ~ReplyWriter() = default;

  /// The whole JSON body of a unary reply; gives where the reply stamp goes, or kNoStamp.
  [[nodiscard]] virtual std::size_t body(std::string& out) = 0;

  /// The events before the first token: role chunks, response.created, message_start, ...
  virtual void open(std::string& out) = 0;
  /// Tokens [begin, end) of every choice that has them; gives where the stamp goes, or kNoStamp.
  [[nodiscard]] virtual std::size_t piece(std::string& out, std::uint32_t begin,
                                          std::uint32_t end) = 0;
  /// The events after the last token: finish reasons, usage, and `data: [DONE]` where the format
  /// has one and `terminator` is true.
  virtual void close(std::string& out, bool terminator) = 0;
  /// An error in the middle of a stream, in this format's form.
  virtual void fail(std::string& out, const ApiError& error) = 0;
};

/// The writer for question.dialect. The three arguments must outlive it.
[[nodiscard]] std::unique_ptr<ReplyWriter> make_writer(const Question& question,
                                                       const Answer& answer,
                                                       const ReplyFacts& facts);

}  // namespace hopcost::mockserver
