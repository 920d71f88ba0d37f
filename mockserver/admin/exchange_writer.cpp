#include "mockserver/admin/exchange_writer.hpp"

#include <cerrno>
#include <cstring>
#include <fcntl.h>
#include <string_view>
#include <sys/stat.h>
#include <unistd.h>

#include <fmt/format.h>
#include <spdlog/spdlog.h>

namespace hopcost::mockserver {
namespace {

/// Whether what is in the file already lacks its last line's end.
bool ends_inside_line(int fd) {
  struct stat status{};
  if (::fstat(fd, &status) != 0 || !S_ISREG(status.st_mode) || status.st_size == 0) return false;
  char last = '\n';
  return ::pread(fd, &last, 1, status.st_size - 1) == 1 && last != '\n';
}

}  // namespace

Result<std::unique_ptr<ExchangeWriter>> ExchangeWriter::open(const std::filesystem::path& path) {
  const int fd = ::open(path.c_str(), O_RDWR | O_CREAT | O_APPEND | O_CLOEXEC, S_IRUSR | S_IWUSR);
  if (fd < 0) {
    return fail(ErrorCode::io, fmt::format("cannot open to append: {}", std::strerror(errno)),
                path.string());
  }
  std::unique_ptr<ExchangeWriter> writer(new ExchangeWriter(fd, path.string()));
  writer->torn_ = ends_inside_line(fd);
  return writer;
}

ExchangeWriter::~ExchangeWriter() {
  ::close(fd_);
}

void ExchangeWriter::append(const Exchange& exchange) {
  std::string line = to_line(exchange) + '\n';
  const std::scoped_lock lock(mutex_);
  if (torn_) line.insert(line.begin(), '\n');
  std::string_view rest = line;
  while (!rest.empty()) {
    const auto size = ::write(fd_, rest.data(), rest.size());
    if (size < 0 && errno == EINTR) continue;
    if (size <= 0) return note_loss(size < 0 ? errno : EIO);
    rest.remove_prefix(static_cast<std::size_t>(size));
    torn_ = !rest.empty();
  }
  ++written_;
}

void ExchangeWriter::note_loss(int error) {
  if (lost_++ == 0) {
    spdlog::warn("{}: cannot record an exchange: {}; more losses are only counted", path_,
                 std::strerror(error));
  }
}

std::uint64_t ExchangeWriter::written() const {
  const std::scoped_lock lock(mutex_);
  return written_;
}

std::uint64_t ExchangeWriter::lost() const {
  const std::scoped_lock lock(mutex_);
  return lost_;
}

}  // namespace hopcost::mockserver
