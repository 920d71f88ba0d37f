#include <atomic>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <sys/stat.h>
#include <thread>

#include <fmt/format.h>

#include "mockserver/admin/exchange_writer.hpp"
#include "mockserver/admin/replay_book.hpp"
#include "tests/catch.hpp"

namespace hopcost::mockserver {
namespace {

/// A folder that is gone with the test.
class TemporaryFolder {
 public:
  TemporaryFolder() {
    std::string name = (std::filesystem::temp_directory_path() / "hopcost-replay-XXXXXX").string();
    REQUIRE(::mkdtemp(name.data()) != nullptr);
    path_ = name;
  }
  ~TemporaryFolder() {
    std::error_code ec;
    std::filesystem::remove_all(path_, ec);
  }
  TemporaryFolder(const TemporaryFolder&) = delete;
  TemporaryFolder& operator=(const TemporaryFolder&) = delete;
  [[nodiscard]] std::filesystem::path file(const char* name) const { return path_ / name; }

 private:
  std::filesystem::path path_;
};

Exchange exchange_of(std::string body, std::string reply, std::string target = "/v1/x") {
  return {.method = "POST",
          .target = std::move(target),
          .headers = {},
          .body = std::move(body),
          .reply_headers = {},
          .reply = std::move(reply)};
}

std::string reply_of(const Exchange* exchange) {
  return exchange == nullptr ? "nothing" : std::get<std::string>(exchange->reply);
}

constexpr const char* kStampA = "~q:00000001:0000000000000000009~";
constexpr const char* kStampB = "~q:00000002:0000000000000000010~";

TEST_CASE("a request is answered by the exchange with its method, target and body") {
  const auto book =
      ReplayBook::of({exchange_of(R"({"a":1})", "one"), exchange_of(R"({"a":2})", "two"),
                      exchange_of(R"({"a":1})", "elsewhere", "/v1/y")});
  CHECK(reply_of(book.find("POST", "/v1/x", R"({"a":1})")) == "one");
  CHECK(reply_of(book.find("POST", "/v1/x", R"({"a":2})")) == "two");
  CHECK(reply_of(book.find("POST", "/v1/y", R"({"a":1})")) == "elsewhere");
  CHECK(reply_of(book.find("POST", "/v1/x", R"({"a":3})")) == "nothing");
  CHECK(reply_of(book.find("GET", "/v1/x", R"({"a":1})")) == "nothing");
  CHECK(reply_of(book.find("POST", "/v1/z", R"({"a":1})")) == "nothing");
}

TEST_CASE("exchanges that fit equally well take turns in their order") {
  const auto book =
      ReplayBook::of({exchange_of("b", "1"), exchange_of("other", "-"), exchange_of("b", "2")});
  for (const char* expected : {"1", "2", "1", "2", "1"}) {
    CHECK(reply_of(book.find("POST", "/v1/x", "b")) == expected);
  }
}

TEST_CASE("turns are shared fairly by threads") {
  const auto book = ReplayBook::of({exchange_of("b", "1"), exchange_of("b", "2")});
  std::atomic<int> firsts{0};
  std::vector<std::thread> threads;
  for (int t = 0; t < 4; ++t) {
    threads.emplace_back([&] {
      for (int i = 0; i < 250; ++i) {
        if (reply_of(book.find("POST", "/v1/x", "b")) == "1") ++firsts;
      }
    });
  }
  for (auto& thread : threads) thread.join();
  CHECK(firsts == 500);
}

TEST_CASE("where no body is the same, one that means the same answers") {
  const auto body = [](const char* stamp, const char* rest) {
    return fmt::format(R"({{"model":"m","content":"{} hello"{}}})", stamp, rest);
  };
  const auto book = ReplayBook::of({exchange_of(body(kStampA, R"(,"user":"u","seed":1)"), "yes")});
  const auto found = [&](const std::string& text) {
    return reply_of(book.find("POST", "/v1/x", text));
  };
  CHECK(found(body(kStampB, R"(,"user":"v","seed":1)")) == "yes");
  CHECK(found(body(kStampB, R"(, "seed" : 1)")) == "yes");
  CHECK(found(fmt::format(R"({{"seed":1,"content":"{} hello","model":"m"}})", kStampB)) == "yes");
  CHECK(found(body("", R"(,"metadata":{"a":"b"},"seed":1)")) == "yes");
  CHECK(found(body(kStampB, R"(,"seed":2)")) == "nothing");
  CHECK(found(body("~q:1~", R"(,"seed":1)")) == "nothing");
}

TEST_CASE("the same body is preferred to one that means the same") {
  const std::string a = fmt::format(R"({{"c":"{}"}})", kStampA);
  const std::string b = fmt::format(R"({{"c":"{}"}})", kStampB);
  const auto book = ReplayBook::of({exchange_of(a, "a"), exchange_of(b, "b")});
  CHECK(reply_of(book.find("POST", "/v1/x", b)) == "b");
  CHECK(reply_of(book.find("POST", "/v1/x", b)) == "b");
  CHECK(reply_of(book.find("POST", "/v1/x", R"({"c":""})")) == "a");
}

TEST_CASE("bodies that are not JSON objects are compared without their stamps") {
  CHECK(ReplayBook::same_meaning(fmt::format("x{}y{}~q:", kStampA, kStampB)) == "xy~q:");
  CHECK(ReplayBook::same_meaning("[ 1 ]") == "[ 1 ]");
  CHECK(ReplayBook::same_meaning("\xff") == "\xff");
  CHECK(ReplayBook::same_meaning("").empty());
  const std::string deep(100'000, '[');
  CHECK(ReplayBook::same_meaning(deep) == deep);
}

TEST_CASE("many keys are read in time that does not grow with their square") {
  std::string body = "{";
  for (int i = 0; i < 200'000; ++i) body += fmt::format("\"{}\":0,", i);
  body += "\"user\":\"u\"}";
  CHECK(ReplayBook::same_meaning(body).find("user") == std::string::npos);
}

TEST_CASE("a secret in the query does not keep a request from its answer") {
  const auto book = ReplayBook::of({exchange_of("b", "yes", "/v1/x?key=redacted")});
  CHECK(reply_of(book.find("POST", "/v1/x?key=abc", "b")) == "yes");
  CHECK(reply_of(book.find("POST", "/v1/x?keys=abc", "b")) == "nothing");
}

TEST_CASE("what was recorded is replayed, stream and all") {
  const TemporaryFolder folder;
  Exchange stream = exchange_of("s", "");
  stream.reply = std::vector<ReplyPiece>{{3, "data: 1\n\n"}, {7, "data: \xff\n\n"}};
  {
    const auto writer = ExchangeWriter::open(folder.file("record"));
    REQUIRE(writer);
    (*writer)->append(exchange_of("b", "1"));
    (*writer)->append(stream);
    CHECK((*writer)->written() == 2);
    CHECK((*writer)->lost() == 0);
  }
  const auto book = ReplayBook::load(folder.file("record"));
  REQUIRE(book);
  CHECK(book->size() == 2);
  const auto* found = book->find("POST", "/v1/x", "s");
  REQUIRE(found != nullptr);
  CHECK(*found == stream);
}

TEST_CASE("a record is for its owner's eyes only, and grows when it is opened again") {
  const TemporaryFolder folder;
  const auto path = folder.file("record");
  for (int i = 0; i < 2; ++i) {
    const auto writer = ExchangeWriter::open(path);
    REQUIRE(writer);
    (*writer)->append(exchange_of("b", "1"));
  }
  struct stat status{};
  REQUIRE(::stat(path.c_str(), &status) == 0);
  CHECK((status.st_mode & 0777U) == 0600U);
  const auto book = ReplayBook::load(path);
  REQUIRE(book);
  CHECK(book->size() == 2);
}

TEST_CASE("lines written by several threads are whole") {
  const TemporaryFolder folder;
  {
    const auto writer = ExchangeWriter::open(folder.file("record"));
    REQUIRE(writer);
    std::vector<std::thread> threads;
    for (int t = 0; t < 4; ++t) {
      threads.emplace_back([&] {
        for (int i = 0; i < 50; ++i) (*writer)->append(exchange_of(std::string(5000, 'b'), "1"));
      });
    }
    for (auto& thread : threads) thread.join();
  }
  const auto book = ReplayBook::load(folder.file("record"));
  REQUIRE(book);
  CHECK(book->size() == 200);
}

TEST_CASE("a full disk loses exchanges and counts them, no more") {
  const auto writer = ExchangeWriter::open("/dev/full");
  REQUIRE(writer);
  (*writer)->append(exchange_of("b", "1"));
  (*writer)->append(exchange_of("b", "1"));
  CHECK((*writer)->written() == 0);
  CHECK((*writer)->lost() == 2);
}

TEST_CASE("a line cut short by a crash does not spoil the line after it") {
  const TemporaryFolder folder;
  std::ofstream(folder.file("record")) << "{\"at_ns\":";
  {
    const auto writer = ExchangeWriter::open(folder.file("record"));
    REQUIRE(writer);
    (*writer)->append(exchange_of("b", "1"));
  }
  std::ifstream file(folder.file("record"));
  std::string first;
  std::string second;
  REQUIRE(std::getline(file, first));
  REQUIRE(std::getline(file, second));
  CHECK(first == "{\"at_ns\":");
  CHECK(from_line(second, "f:2"));
}

TEST_CASE("a record that cannot be replayed says where it is wrong") {
  const TemporaryFolder folder;
  const auto missing = ReplayBook::load(folder.file("missing"));
  REQUIRE_FALSE(missing);
  CHECK(missing.error().exit_code() == 74);
  CHECK_FALSE(ReplayBook::load(folder.file("")));

  std::ofstream(folder.file("empty")) << "\n \n";
  const auto empty = ReplayBook::load(folder.file("empty"));
  REQUIRE_FALSE(empty);
  CHECK(empty.error().exit_code() == 64);

  std::ofstream(folder.file("bad")) << to_line(exchange_of("b", "1")) << "\n\n{\"at_ns\":true}\n";
  const auto bad = ReplayBook::load(folder.file("bad"));
  REQUIRE_FALSE(bad);
  CHECK(bad.error().where == folder.file("bad").string() + ":3: at_ns");

  CHECK(ExchangeWriter::open(folder.file("no/such/folder")).error().exit_code() == 74);
}

}  // namespace
}  // namespace hopcost::mockserver
