#include "loadgen/exchange/reply_reader.hpp"

#include <utility>

#include <fmt/format.h>

#include "common/tokens.hpp"
#include "loadgen/exchange/utf8.hpp"

namespace hopcost::loadgen {
namespace {

constexpr std::size_t kMaxBody = 64U << 20U;
constexpr std::uint32_t kSequenceModulus = 1'000'000;

std::string excerpt(std::string_view text) {
  constexpr std::size_t kLongest = 120;
  return text.size() <= kLongest ? std::string(text)
                                 : std::string(text.substr(0, kLongest)) + "...";
}

/// True when `text` is tokens [first, first + n) of our text for some n.
bool is_our_text(std::string_view text, std::uint64_t first) {
  for (std::uint64_t i = first; !text.empty(); ++i) {
    const auto token = token_text(i);
    if (!text.starts_with(token)) return false;
    text.remove_prefix(token.size());
  }
  return true;
}

}  // namespace

void ReplyReader::begin(bool stream, std::uint32_t id, MetricSet* metrics) {
  stream_ = stream;
  id_ = id;
  metrics_ = metrics;
  events_ = 0;
  body_.clear();
  text_.clear();
  facts_ = ReplyFacts{};
  if (stream) sse_ = SseDecoder{};
}

void ReplyReader::fail(Failure failure, const std::string& message) {
  if (facts_.failure != Failure::none) return;  // the first fault is the cause
  facts_.failure = failure;
  facts_.message = valid_utf8(message);
}

void ReplyReader::take(std::string_view body, Nanos read_ns) {
  if (!stream_) {
    if (body_.size() + body.size() > kMaxBody) {
      fail(Failure::invalid_reply, "the reply is longer than 64 MiB");
      return;
    }
    body_.append(body);
    return;
  }
  const bool within_limit =
      sse_.feed(body, [&](const SseEvent& event) { take_event(event.data, read_ns); });
  if (!within_limit) fail(Failure::invalid_reply, "an event of the stream is longer than 16 MiB");
}

std::uint64_t ReplyReader::take_event_count() {
  return std::exchange(events_, 0);
}

void ReplyReader::take_event(std::string_view data, Nanos read_ns) {
  if (facts_.failure != Failure::none) return;  // nothing after the first fault can be told apart
  if (data == "[DONE]") {
    facts_.done = read_ns;
    return;
  }
  const ReplyPiece piece = json_->read_event(data);
  if (!piece.valid) {
    fail(Failure::invalid_reply, fmt::format("not an event of such a stream: {}", excerpt(data)));
    return;
  }
  if (piece.is_error) {
    fail(Failure::api_error, excerpt(piece.error_message));
    return;
  }
  note_model(piece);
  note_usage(piece);
  facts_.finished = facts_.finished || piece.finished;
  if (!piece.has_choices) return;
  if (facts_.first_choices == 0) facts_.first_choices = read_ns;
  if (piece.has_content) take_content(piece.content, read_ns);
}

void ReplyReader::take_content(std::string_view content, Nanos read_ns) {
  ++events_;
  if (keeps_text_) text_ += content;
  if (facts_.first_content == 0) {
    facts_.first_content = read_ns;
    facts_.stamp = read_reply_stamp(content);
  } else if (metrics_ != nullptr) {
    (*metrics_)[Metric::chunk_gap].record(read_ns - facts_.last_content);
  }
  facts_.last_content = read_ns;
  if (facts_.stamp) {
    take_stamped(content, read_ns);
  } else {
    ++facts_.chunks;
  }
}

void ReplyReader::take_stamped(std::string_view content, Nanos read_ns) {
  const std::uint64_t before = facts_.chunks;
  while (!content.empty()) {
    Nanos sent = 0;
    if (facts_.chunks == 0) {
      if (facts_.stamp->id != id_) {
        fail(Failure::broken_stream,
             fmt::format("request {} got the answer to request {}", id_, facts_.stamp->id));
      }
      sent = facts_.stamp->sent_ns;
      content.remove_prefix(ReplyStamp::kSize);
    } else {
      const auto stamp = read_chunk_stamp(content);
      if (!stamp || stamp->sequence != facts_.chunks % kSequenceModulus) {
        fail(Failure::broken_stream, fmt::format("content chunk {} is missing or altered: '{}'",
                                                 facts_.chunks, excerpt(content)));
        return;
      }
      sent = stamp->sent_ns;
      content.remove_prefix(ChunkStamp::kSize);
    }
    const auto next = content.find('~');
    const auto text = content.substr(0, next);
    if (text != token_text(facts_.chunks)) {
      fail(Failure::broken_stream, fmt::format("the text of content chunk {} was altered: '{}'",
                                               facts_.chunks, excerpt(text)));
      return;
    }
    if (metrics_ != nullptr) {
      (*metrics_)[Metric::chunk_transit].record(read_ns - sent);
      metrics_->transit_by_position.record(facts_.chunks, read_ns - sent);
    }
    ++facts_.chunks;
    content.remove_prefix(text.size());
  }
  facts_.merged += facts_.chunks - before - 1;
}

/// Names with escapes in them are not compared with anything: they are left out.
void ReplyReader::note_model(const ReplyPiece& piece) {
  constexpr std::size_t kQuotes = 2;
  if (!facts_.model.empty() || piece.model.size() <= kQuotes) return;
  const auto end = piece.model.find('"', 1);
  if (piece.model.front() != '"' || end == std::string_view::npos) return;
  const auto name = piece.model.substr(1, end - 1);
  if (name.find('\\') == std::string_view::npos) facts_.model = name;
}

void ReplyReader::note_usage(const ReplyPiece& piece) {
  if (!piece.has_usage) return;
  facts_.has_usage = true;
  facts_.prompt_tokens = piece.prompt_tokens;
  facts_.completion_tokens = piece.completion_tokens;
  facts_.cached_tokens = piece.cached_tokens;
}

void ReplyReader::read_unary(Nanos close_ns) {
  const ReplyPiece piece = json_->read_reply(body_);
  if (!piece.valid || (!piece.is_error && !piece.has_choices)) {
    fail(Failure::invalid_reply, fmt::format("not such a reply: {}", excerpt(body_)));
    return;
  }
  if (piece.is_error) {
    fail(Failure::api_error, excerpt(piece.error_message));
    return;
  }
  note_model(piece);
  note_usage(piece);
  facts_.finished = piece.finished;
  if (keeps_text_) text_ = piece.content;
  facts_.first_choices = facts_.first_content = facts_.last_content = close_ns;
  facts_.stamp = read_reply_stamp(piece.content);
  if (!facts_.stamp) return;
  if (facts_.stamp->id != id_) {
    fail(Failure::broken_stream,
         fmt::format("request {} got the answer to request {}", id_, facts_.stamp->id));
  } else if (!is_our_text(piece.content.substr(ReplyStamp::kSize), 0)) {
    fail(Failure::broken_stream, "the text of the answer was altered");
  }
}

void ReplyReader::finish(Nanos close_ns) {
  if (facts_.failure != Failure::none) return;
  if (!stream_) {
    read_unary(close_ns);
    return;
  }
  if (sse_.inside_event()) {
    fail(Failure::truncated, "the stream ended inside an event");
  } else if (facts_.first_choices == 0) {
    fail(Failure::invalid_reply, "the stream held no part of an answer");
  } else if (!facts_.finished && facts_.done == 0) {
    fail(Failure::truncated, "the stream ended without a finish_reason and without [DONE]");
  } else if (facts_.stamp && facts_.has_usage && facts_.completion_tokens != facts_.chunks) {
    fail(Failure::broken_stream,
         fmt::format("{} content chunks of {} arrived", facts_.chunks, facts_.completion_tokens));
  }
}

}  // namespace hopcost::loadgen
