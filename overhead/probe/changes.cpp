#include <algorithm>
#include <iterator>

#include <fmt/format.h>
#include <fmt/ranges.h>

#include "overhead/probe/answer.hpp"

namespace hopcost::overhead {
namespace {

/// Long texts are cut: a table is read, not parsed.
std::string quoted(const std::string& text) {
  constexpr std::size_t kLongest = 60;
  return text.size() <= kLongest ? fmt::format("'{}'", text)
                                 : fmt::format("'{}...'", text.substr(0, kLongest));
}

template <class Names>
std::vector<std::string> only_in(const Names& these, const Names& those) {
  std::vector<std::string> list;
  std::ranges::set_difference(these, those, std::back_inserter(list));
  return list;
}

std::set<std::string> names_of(const std::map<std::string, std::string>& map) {
  std::set<std::string> names;
  for (const auto& [name, value] : map) names.insert(name);
  return names;
}

/// "added a, b; dropped c"
std::string added_and_dropped(const std::set<std::string>& before,
                              const std::set<std::string>& after) {
  const auto added = only_in(after, before);
  const auto dropped = only_in(before, after);
  std::string text;
  if (!added.empty()) text = fmt::format("added {}", fmt::join(added, ", "));
  if (!dropped.empty()) {
    text += fmt::format("{}dropped {}", text.empty() ? "" : "; ", fmt::join(dropped, ", "));
  }
  return text;
}

class Comparison {
 public:
  Comparison(const Answer& direct, const Answer& through) : direct_(direct), through_(through) {}

  std::vector<Change> run() {
    if (direct_.status != through_.status) {
      say("status", fmt::format("{} becomes {}", direct_.status, through_.status));
    }
    if (direct_.streamed != through_.streamed) {
      say("form",
          direct_.streamed ? "a stream becomes one document" : "one document becomes a stream");
    }
    if (direct_.json && !through_.json) say("body", "is not JSON any more");
    values();
    content();
    if (direct_.streamed && through_.streamed) stream();
    if (direct_.json && through_.json) say_if("keys", keys());
    headers();
    return std::move(changes_);
  }

 private:
  void say(const std::string& aspect, std::string text) {
    changes_.push_back({aspect, std::move(text)});
  }
  void say_if(const std::string& aspect, std::string text) {
    if (!text.empty()) say(aspect, std::move(text));
  }

  void values() {
    auto all = names_of(direct_.values);
    all.merge(names_of(through_.values));
    for (const auto& name : all) {
      const auto before = direct_.values.find(name);
      const auto after = through_.values.find(name);
      if (after == through_.values.end()) {
        say(name, fmt::format("{} is dropped", quoted(before->second)));
      } else if (before == direct_.values.end()) {
        say(name, fmt::format("{} is added", quoted(after->second)));
      } else if (before->second != after->second) {
        say(name, fmt::format("{} becomes {}", quoted(before->second), quoted(after->second)));
      }
    }
  }

  void content() {
    if (direct_.stamps != through_.stamps) {
      say("stamps", fmt::format("{} in the text, {} sent", through_.stamps, direct_.stamps));
    } else if (direct_.text != through_.text) {
      say("text", fmt::format("{} becomes {}", quoted(direct_.text), quoted(through_.text)));
    }
    if (direct_.tool_calls != through_.tool_calls) {
      say("tool calls",
          fmt::format("{} becomes {}", quoted(direct_.tool_calls), quoted(through_.tool_calls)));
    }
  }

  void stream() {
    if (direct_.done != through_.done) {
      say("[DONE]", direct_.done ? "is dropped" : "is added");
    }
    if (direct_.events != through_.events) {
      say("events", fmt::format("{} become {}", direct_.events, through_.events));
    }
    if (held(through_) && !held(direct_)) {
      say("merged",
          fmt::format("{} of {} events come at once, directly {}", through_.most_events_in_a_read,
                      through_.events, direct_.most_events_in_a_read));
    }
  }

  /// Most of a stream in one read: two that meet by chance, or a short wait, are not that.
  static bool held(const Answer& answer) {
    return answer.events > 1 && 2 * answer.most_events_in_a_read > answer.events;
  }

  [[nodiscard]] std::string keys() const { return added_and_dropped(direct_.keys, through_.keys); }

  void headers() {
    say_if("headers", added_and_dropped(names_of(direct_.headers), names_of(through_.headers)));
    for (const auto* name : {"content-type", "retry-after", "server"}) {
      const auto before = direct_.headers.find(name);
      const auto after = through_.headers.find(name);
      if (before == direct_.headers.end() || after == through_.headers.end()) continue;
      if (before->second == after->second) continue;
      say(name, fmt::format("{} becomes {}", quoted(before->second), quoted(after->second)));
    }
  }

  const Answer& direct_;
  const Answer& through_;
  std::vector<Change> changes_;
};

}  // namespace

std::vector<Change> changes_between(const Answer& direct, const Answer& through) {
  return Comparison(direct, through).run();
}

}  // namespace hopcost::overhead
