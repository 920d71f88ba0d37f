#include "tests/bench/event_reader.hpp"

#include <algorithm>
#include <charconv>
#include <cstring>

namespace hopcost::bench {
namespace {

constexpr std::size_t kMaxHead = 64 * 1024;
constexpr std::string_view kHeadEnd = "\r\n\r\n";
constexpr std::string_view kLastChunk = "\r\n0\r\n\r\n";

std::string lower(std::string text) {
  std::ranges::transform(text, text.begin(), [](char c) {
    return c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c;
  });
  return text;
}

}  // namespace

void EventReader::reset() {
  state_ = State::head;
  head_.clear();
  left_ = 0;
  last_ = 0;
  tail_.clear();
}

std::size_t EventReader::feed(std::string_view bytes) {
  if (state_ == State::head) read_head(bytes);
  if (bytes.empty()) return 0;
  if (state_ == State::sized) {
    if (bytes.size() > left_) {
      state_ = State::failed;
      return 0;
    }
    left_ -= bytes.size();
    const std::size_t events = count_events(bytes);
    if (left_ == 0) state_ = State::done;
    return events;
  }
  if (state_ == State::chunked) {
    const std::size_t events = count_events(bytes);
    tail_.append(bytes.substr(bytes.size() - std::min(bytes.size(), kLastChunk.size())));
    if (tail_.size() > kLastChunk.size()) tail_.erase(0, tail_.size() - kLastChunk.size());
    if (tail_ == kLastChunk) state_ = State::done;
    return events;
  }
  state_ = State::failed;  // bytes that nobody asked for
  return 0;
}

void EventReader::read_head(std::string_view& bytes) {
  const std::size_t before = head_.size();
  head_.append(bytes);
  const std::size_t end = head_.find(kHeadEnd);
  if (end == std::string::npos) {
    if (head_.size() > kMaxHead) state_ = State::failed;
    bytes = {};
    return;
  }
  bytes.remove_prefix(end + kHeadEnd.size() - before);
  head_.resize(end + 2);
  const std::string head = lower(head_);
  if (!head.starts_with("http/1.1 200 ")) {
    state_ = State::failed;
    return;
  }
  if (head.find("\r\ntransfer-encoding: chunked\r\n") != std::string::npos) {
    state_ = State::chunked;
    tail_ = "\r\n";  // an empty body's last chunk follows the head at once
    return;
  }
  constexpr std::string_view kLength = "\r\ncontent-length: ";
  const std::size_t at = head.find(kLength);
  state_ = State::failed;
  if (at == std::string::npos) return;
  const char* first = head.data() + at + kLength.size();
  const auto [stop, error] = std::from_chars(first, head.data() + head.size(), left_);
  if (error != std::errc() || *stop != '\r') return;
  state_ = left_ == 0 ? State::done : State::sized;
}

std::size_t EventReader::count_events(std::string_view bytes) {
  std::size_t events = last_ == '\n' && bytes.front() == '\n' ? 1 : 0;
  const char* at = bytes.data();
  const char* const end = at + bytes.size();
  while (true) {
    at = static_cast<const char*>(std::memchr(at, '\n', static_cast<std::size_t>(end - at)));
    if (at == nullptr || ++at == end) break;
    if (*at == '\n') ++events;
  }
  last_ = bytes.back();
  return events;
}

}  // namespace hopcost::bench
