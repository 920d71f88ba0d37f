#include "mockserver/admin/replay_book.hpp"

#include <cerrno>
#include <cstring>
#include <fstream>

#include <fmt/format.h>
#include <nlohmann/json.hpp>

#include "common/stamp.hpp"
#include "mockserver/api/body.hpp"

namespace hopcost::mockserver {
namespace {

/// No method or target holds a line end, so a key has one reading.
std::string key_of(std::string_view method, std::string_view target, std::string_view body) {
  return fmt::format("{}\n{}\n{}", method, target, body);
}

std::string without_stamps(std::string_view text) {
  std::string out;
  out.reserve(text.size());
  while (!text.empty()) {
    std::size_t keep = text.find("~q:");
    if (keep == std::string_view::npos) keep = text.size();
    out += text.substr(0, keep);
    text.remove_prefix(keep);
    if (text.empty()) break;
    if (read_request_stamp(text)) {
      text.remove_prefix(RequestStamp::kSize);
    } else {
      out += text.front();
      text.remove_prefix(1);
    }
  }
  return out;
}

}  // namespace

std::string ReplayBook::same_meaning(std::string_view body) {
  std::string text = without_stamps(body);
  // Parsed by the body reader, which limits how deep it may nest.
  const auto object = read_body(text, [](const BodyValue& root) { return root.json(); });
  if (!object) return text;
  nlohmann::json sorted = *object;
  for (const char* key : {"user", "metadata", "safety_identifier", "prompt_cache_key"}) {
    sorted.erase(key);
  }
  return sorted.dump();
}

ReplayBook ReplayBook::of(std::vector<Exchange> exchanges) {
  ReplayBook book;
  book.exchanges_ = std::move(exchanges);
  for (std::size_t i = 0; i < book.exchanges_.size(); ++i) {
    const Exchange& exchange = book.exchanges_[i];
    const std::string target = without_secrets(exchange.target);
    book.by_body_[key_of(exchange.method, target, exchange.body)].members.push_back(i);
    book.by_meaning_[key_of(exchange.method, target, same_meaning(exchange.body))]
        .members.push_back(i);
  }
  return book;
}

Result<ReplayBook> ReplayBook::load(const std::filesystem::path& path) {
  std::ifstream file(path, std::ios::binary);
  if (!file) {
    return fail(ErrorCode::io, fmt::format("cannot open: {}", std::strerror(errno)), path.string());
  }
  std::vector<Exchange> exchanges;
  std::string line;
  for (std::size_t number = 1; std::getline(file, line); ++number) {
    if (line.find_first_not_of(" \t\r") == std::string::npos) continue;
    auto exchange = from_line(line, fmt::format("{}:{}", path.string(), number));
    if (!exchange) return std::unexpected(exchange.error());
    exchanges.push_back(*std::move(exchange));
  }
  if (file.bad() || !file.eof()) return fail(ErrorCode::io, "cannot be read", path.string());
  if (exchanges.empty()) {
    return fail(ErrorCode::usage, "holds no exchange to replay", path.string());
  }
  return of(std::move(exchanges));
}

const Exchange* ReplayBook::pick(const Groups& groups, const std::string& key) const {
  const auto found = groups.find(key);
  if (found == groups.end()) return nullptr;
  const Group& group = found->second;
  const std::size_t turn = group.turn.fetch_add(1, std::memory_order_relaxed);
  return &exchanges_[group.members[turn % group.members.size()]];
}

const Exchange* ReplayBook::find(std::string_view method, std::string_view target,
                                 std::string_view body) const {
  const std::string shown = without_secrets(target);
  if (const auto* exchange = pick(by_body_, key_of(method, shown, body))) return exchange;
  return pick(by_meaning_, key_of(method, shown, same_meaning(body)));
}

}  // namespace hopcost::mockserver
