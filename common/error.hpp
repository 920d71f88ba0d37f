#pragma once

#include <exception>
#include <expected>
#include <string>
#include <utility>

namespace hopcost {

/// What went wrong, coarse enough to choose an exit code from.
enum class ErrorCode {
  usage,        ///< a flag, a file's field or their combination makes no sense
  io,           ///< a file or a system call
  unreachable,  ///< something did not come up, or could not be connected to
  protocol,     ///< a peer answered, but not what was agreed
  not_valid,    ///< what was asked for would give no figure that counts
};

/// One clear sentence about one failure. `where` is "file:line: field" or a URL; it may be empty.
struct Error {
  ErrorCode code = ErrorCode::usage;
  std::string message;
  std::string where;

  /// "configs/x.yaml:12: ttft: must be at least 0"
  [[nodiscard]] std::string to_string() const {
    return where.empty() ? message : where + ": " + message;
  }

  /// The process exit code that interfaces promise: 2 not valid, 64 usage, 69 unreachable, 74
  /// input/output.
  [[nodiscard]] int exit_code() const;
};

template <class T>
using Result = std::expected<T, Error>;

[[nodiscard]] inline std::unexpected<Error> fail(ErrorCode code, std::string message,
                                                 std::string where = {}) {
  return std::unexpected<Error>(Error{code, std::move(message), std::move(where)});
}

/// Carries an Error out of deep code; caught at the seams by `catch_errors`.
class ErrorException : public std::exception {
 public:
  explicit ErrorException(Error error) : error_(std::move(error)), text_(error_.to_string()) {}
  [[nodiscard]] const Error& error() const { return error_; }
  [[nodiscard]] const char* what() const noexcept override { return text_.c_str(); }

 private:
  Error error_;
  std::string text_;
};

/// Calls `body` and turns a thrown ErrorException into an unexpected value.
template <class Body>
auto catch_errors(Body&& body) -> Result<decltype(body())> {
  try {
    return std::forward<Body>(body)();
  } catch (const ErrorException& e) {
    return std::unexpected<Error>(e.error());
  }
}

}  // namespace hopcost
