#pragma once

#include <string>

#include "common/histogram.hpp"
#include "mockserver/admin/exchange_log.hpp"
#include "mockserver/server/sending.hpp"

namespace hopcost::mockserver {

/// A recorded reply on its way again, each piece as long after the request as it was then.
class ReplaySending {
 public:
  /// `recorded` must outlive it.
  ReplaySending(std::string head, bool chunked, const Exchange& recorded, Nanos received_ns,
                PacingTally& pacing, Sending::Clock clock = now_ns)
      : recorded_(recorded),
        pacing_(pacing),
        clock_(clock),
        head_(std::move(head)),
        received_ns_(received_ns),
        chunked_(chunked) {}

  [[nodiscard]] SendStep next(std::string& out);
  [[nodiscard]] Nanos due_ns() const { return due_ns_; }

  /// Whether the reply is sent in pieces.
  [[nodiscard]] static bool streams(const Exchange& recorded) {
    return std::holds_alternative<std::vector<ReplyPiece>>(recorded.reply);
  }

 private:
  const Exchange& recorded_;
  PacingTally& pacing_;
  Sending::Clock clock_;
  std::string head_;
  Nanos received_ns_;
  Nanos due_ns_ = 0;
  std::size_t piece_ = 0;
  bool chunked_;
  bool ended_ = false;
};

}  // namespace hopcost::mockserver
