// Stands in for libFuzzer where the compiler has none: runs every file of a folder as it is, cut at
// every length, and with every byte changed.

#include <csignal>
#include <cstdio>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <string>
#include <vector>

#include "tests/fuzz/fuzz.hpp"

namespace {

std::size_t runs = 0;
const std::string* current = nullptr;

/// Shows the input that broke a property; the program is about to end.
extern "C" void show_input(int /*signal*/) {
  std::fputs("input: \"", stderr);
  for (const char c : *current) {
    const auto byte = static_cast<unsigned char>(c);
    std::fprintf(stderr, byte > ' ' && byte < 0x7f && c != '"' ? "%c" : "\\x%02x", byte);
  }
  std::fputs("\"\n", stderr);
}

void run(const std::string& input) {
  current = &input;
  // Memory of exactly this size, so that a sanitizer sees a read past the end.
  const std::vector<std::uint8_t> bytes(input.begin(), input.end());
  LLVMFuzzerTestOneInput(bytes.data(), bytes.size());
  ++runs;
}

void run_variants(const std::string& seed) {
  for (std::size_t size = 0; size <= seed.size(); ++size) run(seed.substr(0, size));
  for (std::size_t at = 0; at < seed.size(); ++at) {
    for (const int mask : {0x01, 0x20, 0xff}) {
      std::string changed = seed;
      changed[at] = static_cast<char>(changed[at] ^ mask);
      run(changed);
    }
  }
}

}  // namespace

int main(int argc, char** argv) {
  if (argc != 2) {
    std::fprintf(stderr, "usage: %s CORPUS_FOLDER\n", argc > 0 ? argv[0] : "replay");
    return 64;
  }
  std::signal(SIGABRT, show_input);
  std::size_t files = 0;
  std::error_code ec;
  for (const auto& entry : std::filesystem::directory_iterator(argv[1], ec)) {
    if (!entry.is_regular_file()) continue;
    std::ifstream file(entry.path(), std::ios::binary);
    const std::string seed(std::istreambuf_iterator<char>(file), {});
    std::printf("%s (%zu bytes)\n", entry.path().filename().c_str(), seed.size());
    std::fflush(stdout);  // names the culprit should the next line never come
    run_variants(seed);
    ++files;
  }
  if (ec || files == 0) {
    std::fprintf(stderr, "no seeds in %s\n", argv[1]);
    return 1;
  }
  std::printf("%zu seeds, %zu inputs, every property held\n", files, runs);
  return 0;
}
