#pragma once

#include <cstdint>
#include <filesystem>
#include <memory>
#include <mutex>
#include <string>

#include "common/error.hpp"
#include "mockserver/admin/exchange_log.hpp"

namespace hopcost::mockserver {

/// Appends exchanges to a file, one line each, from any thread. A write takes as long as the file
/// system does: recording is not for measured runs.
class ExchangeWriter {
 public:
  /// Opens `path` to append; a new file is readable for its owner only, because requests may hold
  /// what nobody else should read.
  [[nodiscard]] static Result<std::unique_ptr<ExchangeWriter>> open(
      const std::filesystem::path& path);
  ~ExchangeWriter();
  ExchangeWriter(const ExchangeWriter&) = delete;
  ExchangeWriter& operator=(const ExchangeWriter&) = delete;

  /// A line that cannot be written is counted and lost; the first one is logged as a warning. What
  /// was written of it is ended, so that the lines after it are whole.
  void append(const Exchange& exchange);

  [[nodiscard]] std::uint64_t written() const;  ///< exchanges
  [[nodiscard]] std::uint64_t lost() const;     ///< exchanges

 private:
  ExchangeWriter(int fd, std::string path) : fd_(fd), path_(std::move(path)) {}
  void note_loss(int error);

  const int fd_;
  const std::string path_;
  mutable std::mutex mutex_;
  bool torn_ = false;  ///< the file ends inside a line
  std::uint64_t written_ = 0;
  std::uint64_t lost_ = 0;
};

}  // namespace hopcost::mockserver
