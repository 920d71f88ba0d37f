#include "loadgen/workload/dataset.hpp"

#include <algorithm>
#include <array>
#include <charconv>
#include <chrono>
#include <cmath>
#include <fstream>
#include <sstream>
#include <string_view>
#include <utility>

#include <fmt/format.h>
#include <nlohmann/json.hpp>

#include "common/tokens.hpp"
#include "loadgen/workload/token_length.hpp"

namespace hopcost::loadgen {
namespace {

using Json = nlohmann::json;

[[noreturn]] void wrong(const std::string& where, const std::string& what) {
  throw ErrorException(Error{ErrorCode::usage, what, where});
}

std::string at_line(const std::string& name, std::size_t line) {
  return fmt::format("{}:{}", name, line);
}

std::uint32_t checked_tokens(double tokens, const std::string& where, std::string_view field) {
  if (!(tokens >= 0) || tokens > TokenLength::kMost || tokens != std::floor(tokens)) {
    wrong(where, fmt::format("{}: not a whole number from 0 to {}", field, TokenLength::kMost));
  }
  return static_cast<std::uint32_t>(tokens);
}

std::uint32_t tokens_in(const Json& json, const char* field, const std::string& where) {
  const auto at = json.find(field);
  if (at == json.end() || at->is_null()) return 0;
  if (!at->is_number()) wrong(where, fmt::format("{}: not a number", field));
  return checked_tokens(at->get<double>(), where, field);
}

std::string text_in(const Json& json, const char* field, const std::string& where) {
  const auto at = json.find(field);
  if (at == json.end() || !at->is_string()) wrong(where, fmt::format("{}: not a text", field));
  return at->get<std::string>();
}

Nanos nanos_of(double seconds, const std::string& where) {
  constexpr double kMostSeconds = 4e9;  // dates since 1970 fit
  if (!(seconds >= 0) || seconds > kMostSeconds) wrong(where, "timestamp: out of range");
  // Whole microseconds: a double has no more of a date's.
  return static_cast<Nanos>(std::llround(seconds * 1e6)) * kMicrosecond;
}

void set_messages(DatasetEntry& entry, const Json& list, const std::string& where) {
  if (!list.is_array() || list.empty()) wrong(where, "messages: not a list with a message");
  for (const auto& message : list) {
    if (!message.is_object()) wrong(where, "messages: one is not an object");
    entry.messages.push_back({text_in(message, "role", where), text_in(message, "content", where)});
  }
  // What follows the last question would be the answer that is asked for.
  while (!entry.messages.empty() && entry.messages.back().role != "user") entry.messages.pop_back();
  if (entry.messages.empty()) wrong(where, "messages: none of them is the user's");
}

void count_prompt(DatasetEntry& entry) {
  std::uint64_t tokens = 0;
  for (const auto& message : entry.messages) tokens += count_tokens(message.content);
  entry.prompt = static_cast<std::uint32_t>(std::min<std::uint64_t>(tokens, TokenLength::kMost));
}

DatasetEntry entry_of_line(const Json& json, const std::string& where) {
  if (!json.is_object()) wrong(where, "not a JSON object");
  DatasetEntry entry;
  if (json.contains("messages")) {
    set_messages(entry, json["messages"], where);
    count_prompt(entry);
  } else if (json.contains("prompt")) {
    entry.messages.push_back({"user", text_in(json, "prompt", where)});
    count_prompt(entry);
  } else if (json.contains("input_length")) {
    entry.prompt = tokens_in(json, "input_length", where);
    if (entry.prompt == 0) wrong(where, "input_length: must be at least 1");
  } else {
    wrong(where, "has neither messages nor prompt nor input_length");
  }
  for (const auto* const field : {"max_completion_tokens", "max_tokens", "output_length"}) {
    if (entry.output == 0) entry.output = tokens_in(json, field, where);
  }
  if (const auto at = json.find("timestamp"); at != json.end()) {
    if (!at->is_number()) wrong(where, "timestamp: not a number");
    entry.at = nanos_of(at->get<double>() / 1e3, where);
  }
  return entry;
}

std::vector<DatasetEntry> read_lines(const std::string& text, const std::string& name) {
  std::vector<DatasetEntry> entries;
  std::istringstream in(text);
  std::string line;
  for (std::size_t number = 1; std::getline(in, line); ++number) {
    if (line.find_first_not_of(" \t\r") == std::string::npos) continue;
    const auto where = at_line(name, number);
    const auto json = Json::parse(line, nullptr, false);
    if (json.is_discarded()) wrong(where, "not JSON");
    entries.push_back(entry_of_line(json, where));
  }
  return entries;
}

std::optional<DatasetEntry> entry_of_conversation(const Json& json, const std::string& where) {
  if (!json.is_object() || !json.contains("conversations")) wrong(where, "has no conversations");
  const auto& turns = json["conversations"];
  if (!turns.is_array()) wrong(where, "conversations: not a list");
  DatasetEntry entry;
  for (const auto& turn : turns) {
    if (!turn.is_object()) wrong(where, "conversations: one is not an object");
    const auto from = text_in(turn, "from", where);
    const auto value = text_in(turn, "value", where);
    const bool human = from == "human" || from == "user";
    if (entry.messages.empty()) {
      if (!human || value.empty()) continue;
      entry.messages.push_back({"user", value});
    } else if (!human) {
      entry.output = static_cast<std::uint32_t>(
          std::min<std::uint64_t>(count_tokens(value), TokenLength::kMost));
      break;
    }
  }
  if (entry.messages.empty() || entry.output == 0) return {};
  count_prompt(entry);
  return entry;
}

/// Where the parser stopped, as a line of the text.
std::size_t line_of(const std::string& text, std::size_t byte) {
  const auto end = text.begin() + static_cast<std::ptrdiff_t>(std::min(byte, text.size()));
  return 1 + static_cast<std::size_t>(std::count(text.begin(), end, '\n'));
}

std::vector<DatasetEntry> read_sharegpt(const std::string& text, const std::string& name) {
  Json json;
  try {
    json = Json::parse(text);
  } catch (const Json::parse_error& error) {
    wrong(at_line(name, line_of(text, error.byte)), "not JSON");
  } catch (const Json::out_of_range& /*number*/) {  // the only one that does not say where
    wrong(name, "a number in it is too large");
  }
  if (!json.is_array()) wrong(at_line(name, 1), "not a list of conversations, as ShareGPT has it");
  std::vector<DatasetEntry> entries;
  for (std::size_t i = 0; i < json.size(); ++i) {
    auto entry = entry_of_conversation(json[i], fmt::format("{}: entry {}", name, i));
    if (entry) entries.push_back(std::move(*entry));
  }
  return entries;
}

std::vector<std::string> split_row(std::string line) {
  if (line.ends_with('\r')) line.pop_back();
  std::vector<std::string> cells(1);
  for (const char c : line) {
    if (c == ',') {
      cells.emplace_back();
    } else if (c != '"') {
      cells.back() += c;
    }
  }
  return cells;
}

/// Seconds since the epoch, or as they stand.
double seconds_of(const std::string& cell, const std::string& where) {
  double value = 0;
  const auto [end, ec] = std::from_chars(cell.data(), cell.data() + cell.size(), value);
  if (ec == std::errc() && end == cell.data() + cell.size()) return value;
  std::istringstream in(cell);
  int year = 0;
  int month = 0;
  int day = 0;
  int hour = 0;
  int minute = 0;
  double second = 0;
  std::array<char, 5> marks{};
  in >> year >> marks[0] >> month >> marks[1] >> day;
  if (in.peek() == 'T') in.get();
  in >> hour >> marks[2] >> minute >> marks[3] >> second;
  const std::chrono::year_month_day date{std::chrono::year(year),
                                         std::chrono::month(static_cast<unsigned>(month)),
                                         std::chrono::day(static_cast<unsigned>(day))};
  if (!in || marks[0] != '-' || marks[1] != '-' || marks[2] != ':' || marks[3] != ':' ||
      !date.ok()) {
    wrong(where, fmt::format("timestamp: '{}' is neither seconds nor a date with time", cell));
  }
  const auto days = std::chrono::sys_days(date).time_since_epoch().count();
  return static_cast<double>(days) * 86'400 + hour * 3'600 + minute * 60 + second;
}

std::optional<std::size_t> column(const std::vector<std::string>& header,
                                  std::initializer_list<std::string_view> names) {
  for (std::size_t i = 0; i < header.size(); ++i) {
    if (std::ranges::find(names, header[i]) != names.end()) return i;
  }
  return {};
}

std::vector<DatasetEntry> read_csv(const std::string& text, const std::string& name) {
  std::istringstream in(text);
  std::string line;
  std::getline(in, line);
  const auto header = split_row(line);
  const auto prompt = column(header, {"prompt_tokens", "input_length", "ContextTokens",
                                      "prompt_len", "Request tokens", "num_prefill_tokens"});
  const auto output = column(header, {"output_tokens", "output_length", "GeneratedTokens",
                                      "output_len", "Response tokens", "num_decode_tokens"});
  const auto time =
      column(header, {"timestamp", "Timestamp", "TIMESTAMP", "arrival_time", "arrived_at"});
  if (!prompt || !output) {
    wrong(at_line(name, 1), "the header has no columns prompt_tokens and output_tokens");
  }
  std::vector<DatasetEntry> entries;
  for (std::size_t number = 2; std::getline(in, line); ++number) {
    if (line.find_first_not_of(" \t\r,") == std::string::npos) continue;
    const auto where = at_line(name, number);
    const auto cells = split_row(line);
    const auto tokens = [&](std::size_t at, std::string_view field) {
      if (at >= cells.size()) wrong(where, fmt::format("{}: missing", field));
      const auto& cell = cells[at];
      double value = -1;
      const auto [end, ec] = std::from_chars(cell.data(), cell.data() + cell.size(), value);
      if (ec != std::errc() || end != cell.data() + cell.size()) value = -1;
      return checked_tokens(value, where, field);
    };
    DatasetEntry entry;
    entry.prompt = tokens(*prompt, header[*prompt]);
    entry.output = tokens(*output, header[*output]);
    if (entry.prompt == 0) wrong(where, fmt::format("{}: must be at least 1", header[*prompt]));
    if (time) {
      if (*time >= cells.size()) wrong(where, "timestamp: missing");
      entry.at = nanos_of(seconds_of(cells[*time], where), where);
    }
    entries.push_back(std::move(entry));
  }
  return entries;
}

/// Times count from the first request's.
void from_first(std::vector<DatasetEntry>& entries) {
  if (!std::ranges::all_of(entries, [](const auto& entry) { return entry.at.has_value(); })) {
    for (auto& entry : entries) entry.at.reset();
    return;
  }
  std::ranges::stable_sort(entries, {}, [](const auto& entry) { return *entry.at; });
  const Nanos first = *entries.front().at;
  for (auto& entry : entries) *entry.at -= first;
}

}  // namespace

Result<std::vector<DatasetEntry>> parse_dataset(const std::string& text, const std::string& name) {
  return catch_errors([&] {
    std::vector<DatasetEntry> entries;
    if (name.ends_with(".jsonl")) {
      entries = read_lines(text, name);
    } else if (name.ends_with(".json")) {
      entries = read_sharegpt(text, name);
    } else if (name.ends_with(".csv")) {
      entries = read_csv(text, name);
    } else {
      wrong(name, "a dataset ends in .jsonl, .json (ShareGPT) or .csv");
    }
    if (entries.empty()) wrong(name, "holds no request");
    from_first(entries);
    return entries;
  });
}

Result<std::vector<DatasetEntry>> read_dataset(const std::string& path) {
  std::ifstream in(path, std::ios::binary);
  std::ostringstream text;
  text << in.rdbuf();
  if (!in) return fail(ErrorCode::usage, "cannot be read", path);
  return parse_dataset(text.str(), path);
}

}  // namespace hopcost::loadgen
