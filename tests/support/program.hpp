#pragma once

#include <chrono>
#include <filesystem>
#include <functional>
#include <string>
#include <sys/types.h>
#include <vector>

namespace hopcost::test {

/// A folder below the system's temporary one, removed with this object.
class TemporaryFolder {
 public:
  TemporaryFolder();
  ~TemporaryFolder();
  TemporaryFolder(const TemporaryFolder&) = delete;
  TemporaryFolder& operator=(const TemporaryFolder&) = delete;

  [[nodiscard]] const std::filesystem::path& path() const { return path_; }
  /// Writes a file into it and returns its full path.
  [[nodiscard]] std::string write(const std::string& name, const std::string& text) const;

 private:
  std::filesystem::path path_;
};

[[nodiscard]] std::string read_file(const std::filesystem::path& path);
/// Folder of the built programs, and the repository.
[[nodiscard]] std::filesystem::path programs();
[[nodiscard]] std::filesystem::path source();

/// One of the project's programs, running. Killed at the end if it still runs.
class RunningProgram {
 public:
  /// `arguments[0]` is the program's name; it runs in the repository with HOPCOST_BIN set.
  explicit RunningProgram(std::vector<std::string> arguments);
  ~RunningProgram();
  RunningProgram(const RunningProgram&) = delete;
  RunningProgram& operator=(const RunningProgram&) = delete;

  [[nodiscard]] pid_t pid() const { return pid_; }
  void signal(int number) const;
  /// Waits for its end. 128 + N after signal N; -1 when it did not end in time (it is then killed).
  int wait(std::chrono::seconds limit = std::chrono::seconds(120));
  /// Waits until its standard output holds a line that starts with `text`; returns the rest of it.
  std::string wait_for_line(const std::string& text);
  [[nodiscard]] std::string out() const;
  [[nodiscard]] std::string err() const;

 private:
  TemporaryFolder folder_;
  pid_t pid_ = -1;
  int code_ = -1;
  bool ended_ = false;
};

struct Outcome {
  int code = -1;
  std::string out;
  std::string err;
};
[[nodiscard]] Outcome run_program(std::vector<std::string> arguments);

/// Asks `condition` again and again until it holds; false when it does not within the limit.
[[nodiscard]] bool eventually(const std::function<bool()>& condition,
                              std::chrono::seconds limit = std::chrono::seconds(20));

}  // namespace hopcost::test
