// What a server records, another one gives again.

#include <filesystem>
#include <fstream>
#include <unistd.h>

#include <fmt/format.h>

#include "mockserver/admin/exchange_log.hpp"
#include "tests/catch.hpp"
#include "tests/mockserver/client.hpp"

namespace hopcost::mockserver {
namespace {

/// A file of its own in the temporary folder, gone at the end.
class File {
 public:
  File()
      : path_(std::filesystem::temp_directory_path() /
              fmt::format("hopcost-replay-{}-{}.jsonl", ::getpid(), ++count_)) {}
  ~File() {
    std::error_code ignored;
    std::filesystem::remove(path_, ignored);
  }
  File(const File&) = delete;
  File& operator=(const File&) = delete;

  [[nodiscard]] std::string path() const { return path_.string(); }
  [[nodiscard]] std::vector<Exchange> exchanges() const {
    std::vector<Exchange> all;
    std::ifstream lines(path_);
    for (std::string line; std::getline(lines, line);) {
      auto exchange = from_line(line, path());
      REQUIRE(exchange);
      all.push_back(std::move(*exchange));
    }
    return all;
  }

 private:
  static inline int count_ = 0;
  std::filesystem::path path_;
};

std::string stream_request() {
  auto body = chat_body();
  body["stream"] = true;
  body["max_tokens"] = 3;
  return request("POST", "/v1/chat/completions", body.dump(),
                 "Authorization: Bearer very-secret\r\n");
}

TEST_CASE("unary replies, streams and errors are given again as they were recorded") {
  const File file;
  Reply unary;
  Reply stream;
  Reply error;
  const auto wrong = request("POST", "/v1/chat/completions", R"({"model":"nobody","messages":5})");
  {
    const TestServer server(
        fmt::format("{{record: {}, itl: 2ms, mode: random, seed: 7}}", file.path()));
    auto client = server.connect();
    unary = client.exchange(chat(chat_body()));
    stream = client.exchange(stream_request());
    error = client.exchange(wrong);
  }
  const auto recorded = file.exchanges();
  REQUIRE(recorded.size() == 3);
  CHECK(std::get<std::string>(recorded[0].reply) == unary.body);
  const auto& pieces = std::get<std::vector<ReplyPiece>>(recorded[1].reply);
  REQUIRE(pieces.size() == 4);  // a write for each token, and the end
  CHECK(pieces[1].after_ns >= 2 * kMillisecond);
  CHECK(pieces[2].after_ns >= 4 * kMillisecond);
  CHECK(recorded[2].status == 400);
  std::ifstream text(file.path());
  CHECK(std::string(std::istreambuf_iterator<char>(text), {}).find("very-secret") ==
        std::string::npos);

  const TestServer again(fmt::format("{{replay: {}, output_tokens: 1}}", file.path()));
  auto client = again.connect();
  CHECK(client.exchange(chat(chat_body())).body == unary.body);
  const auto streamed = client.exchange(stream_request());
  CHECK(streamed.body == stream.body);
  CHECK(streamed.headers.at("content-type") == "text/event-stream");
  CHECK(again.stats()["lateness_ns"]["count"] == pieces.size());
  const auto refused = client.exchange(wrong);
  CHECK(refused.status == 400);
  CHECK(refused.body == error.body);
  // What nobody asked before is answered as ever.
  auto other = chat_body();
  other["messages"][0]["content"] = "something else";
  CHECK(client.exchange(chat(other)).json()["usage"]["completion_tokens"] == 1);
}

TEST_CASE("a record is for its owner only, and a broken one keeps the server from starting") {
  const File file;
  {
    const TestServer server(fmt::format("record: {}", file.path()));
    CHECK(server.connect().exchange(chat(chat_body())).status == 200);
  }
  using std::filesystem::perms;
  CHECK((std::filesystem::status(file.path()).permissions() &
         (perms::group_all | perms::others_all)) == perms::none);
  std::ofstream(file.path(), std::ios::app) << "{\"at_ns\": 1\n";
  try {
    const TestServer server(fmt::format("replay: {}", file.path()));
    FAIL("it started");
  } catch (const std::runtime_error& e) {
    CHECK(std::string(e.what()).find(file.path() + ":2") != std::string::npos);
  }
}

}  // namespace
}  // namespace hopcost::mockserver
