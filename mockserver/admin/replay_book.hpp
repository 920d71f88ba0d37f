#pragma once

#include <atomic>
#include <cstddef>
#include <filesystem>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

#include "common/error.hpp"
#include "mockserver/admin/exchange_log.hpp"

namespace hopcost::mockserver {

/// A record of exchanges to answer from. Filled once, then read by any number of threads.
class ReplayBook {
 public:
  /// Reads a file of to_line's lines; empty lines are skipped. A file that cannot be read is an
  /// input/output error, a bad line (or none) a usage error at "file:line: field".
  [[nodiscard]] static Result<ReplayBook> load(const std::filesystem::path& path);
  [[nodiscard]] static ReplayBook of(std::vector<Exchange> exchanges);

  /// The exchange that answers this request; null where none does. Method and target must be the
  /// same (secrets in the target aside), and the body byte for byte; where no recorded body is,
  /// it must mean the same (see same_meaning). Where several exchanges fit they take turns in
  /// the order they were recorded. Good as long as the book; safe from any thread.
  [[nodiscard]] const Exchange* find(std::string_view method, std::string_view target,
                                     std::string_view body) const;

  [[nodiscard]] std::size_t size() const { return exchanges_.size(); }

  /// A text that is equal for bodies which ask the same: request stamps are dropped, and of a JSON
  /// object the members that say who asks, not what (user, metadata, safety_identifier,
  /// prompt_cache_key); order of keys and white space between them do not count. A seed changes
  /// the answer, so it does.
  [[nodiscard]] static std::string same_meaning(std::string_view body);

 private:
  /// Exchanges that one request cannot tell apart.
  struct Group {
    std::vector<std::size_t> members;
    mutable std::atomic<std::size_t> turn{0};
  };
  using Groups = std::unordered_map<std::string, Group>;

  ReplayBook() = default;
  [[nodiscard]] const Exchange* pick(const Groups& groups, const std::string& key) const;

  std::vector<Exchange> exchanges_;
  Groups by_body_;
  Groups by_meaning_;
};

}  // namespace hopcost::mockserver
