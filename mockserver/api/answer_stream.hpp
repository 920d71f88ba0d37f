#pragma once

#include <cstdint>
#include <optional>
#include <string>

#include "mockserver/api/reply_stream.hpp"
#include "mockserver/api/reply_writer.hpp"

namespace hopcost::mockserver {

/// The stream of any answer in any wire format: the general way.
class AnswerStream final : public ReplyStream {
 public:
  struct Shape {
    std::uint32_t steps = 1;            ///< Answer::steps()
    std::uint32_t tokens_per_part = 1;  ///< of each choice
    bool open_early = false;            ///< the opening is a part of its own
    bool terminator = true;             ///< false: `data: [DONE]` is left out
  };
  struct Stamps {
    std::uint32_t id = 0;
    Nanos received_ns = 0;
  };

  /// `writer` must outlive it. `stamps`: set where the question carries a stamp.
  AnswerStream(ReplyWriter& writer, Shape shape, std::optional<Stamps> stamps);

  [[nodiscard]] std::uint32_t part_tokens() const override;
  void append_next(std::string& out) override;
  void stamp(std::string& out, Nanos sent_ns) const override;

  /// Appends an error in the format's form, after which the stream has no more parts.
  void fail(std::string& out, const ApiError& error);

 private:
  ReplyWriter& writer_;
  Shape shape_;
  std::optional<Stamps> stamps_;
  std::size_t stamp_at_ = kNoStamp;
  std::uint32_t stamped_ = 0;  ///< pieces stamped so far
  bool opened_ = false;
};

}  // namespace hopcost::mockserver
