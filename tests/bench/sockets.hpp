#pragma once

#include <cstdint>
#include <map>
#include <string>

/// The few system calls the benchmark's own programs share. Every failure ends the program with a
/// line on standard error: a benchmark that goes on after one would measure something else.
namespace hopcost::bench {

/// `--name value` pairs; anything else, or a name that is never asked for, ends the program.
class Arguments {
 public:
  Arguments(int argc, char** argv);

  [[nodiscard]] std::int64_t number(const std::string& name, std::int64_t otherwise);
  [[nodiscard]] std::string text(const std::string& name);
  void refuse_others() const;

 private:
  std::map<std::string, std::string> given_;
};

[[noreturn]] void die(const std::string& message);

/// Ends the program with errno's text if `result` is negative.
std::int64_t checked(std::int64_t result, const char* what);

[[nodiscard]] std::int64_t now_ns();  ///< CLOCK_MONOTONIC

[[nodiscard]] std::string file_text(const std::string& path);

/// A connected, non-blocking socket to 127.0.0.1 without Nagle's algorithm.
[[nodiscard]] int connect_to(std::uint16_t port);

/// A listening, non-blocking socket on 127.0.0.1; `port` 0 takes any free one and is set to it.
[[nodiscard]] int listen_on(std::uint16_t& port);

void watch(int epoll, int fd, std::uint64_t tag);

/// Writes it all or ends the program: what is sent here always fits an empty socket buffer.
void send_request(int fd, const std::string& request);

/// CPU time of this process, user and system.
[[nodiscard]] std::int64_t cpu_ns();

}  // namespace hopcost::bench
