// Any text is a scenario's change, or is refused with a place; what is taken can be shown and sent
// back. From the network it touches no file. As a file's text the same holds for every replica.

#include <string>
#include <sys/mman.h>
#include <unistd.h>

#include <nlohmann/json.hpp>

#include "mockserver/scenario/load.hpp"
#include "tests/fuzz/fuzz.hpp"

namespace {

using namespace hopcost;
using namespace hopcost::mockserver;

void expect_shown_and_taken_back(const Scenario& scenario) {
  fuzz::expect(!scenario.models.empty(), "there is a model");
  const auto again = with_changes({}, to_json(scenario).dump(), ChangeFrom::command_line);
  fuzz::expect(again.has_value(), "what is shown is taken back");
  fuzz::expect(*again == scenario, "and means the same");
}

void change(const std::string& text) {
  const auto changed = with_changes({}, text);
  if (!changed) {
    fuzz::expect(changed.error().where.starts_with("body"), "a refusal names a place");
    fuzz::expect(!changed.error().message.empty(), "a refusal says why");
    return;
  }
  fuzz::expect(changed->record.empty() && changed->replay.empty() && changed->api_keys_env.empty(),
               "the network names no files");
  expect_shown_and_taken_back(*changed);
}

/// A file in memory, so that the loader is fuzzed with what it reads in earnest.
class MemoryFile {
 public:
  explicit MemoryFile(const std::string& text) : fd_(::memfd_create("scenario", 0)) {
    fuzz::expect(
        fd_ >= 0 && ::write(fd_, text.data(), text.size()) == static_cast<ssize_t>(text.size()),
        "a file in memory can be written");
  }
  ~MemoryFile() { ::close(fd_); }
  MemoryFile(const MemoryFile&) = delete;
  MemoryFile& operator=(const MemoryFile&) = delete;
  [[nodiscard]] std::string path() const { return "/proc/self/fd/" + std::to_string(fd_); }

 private:
  int fd_;
};

void load(const std::string& text) {
  const MemoryFile file(text);
  const auto loaded = load_scenario(file.path(), OtherKeys::kept);
  if (!loaded) {
    fuzz::expect(!loaded.error().message.empty(), "a refusal says why");
    fuzz::expect(loaded.error().exit_code() == 64, "a refusal is a usage error");
    return;
  }
  fuzz::expect(!loaded->replicas.empty(), "there is a replica");
  // They come from one text; the first and the last show what differs.
  expect_shown_and_taken_back(loaded->replicas.front());
  expect_shown_and_taken_back(loaded->replicas.back());
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* bytes, std::size_t size) {
  if (size > 4096) return 0;
  const std::string text(fuzz::text_of(bytes, size));
  change(text);
  // A fuzzer must not read whatever files it thinks of, nor make hundreds of scenarios each time.
  if (text.find("include") == std::string::npos && text.find("trace") == std::string::npos &&
      text.find("replicas") == std::string::npos) {
    load(text);
  }
  return 0;
}
