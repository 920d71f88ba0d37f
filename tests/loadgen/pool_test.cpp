#include "loadgen/pool.hpp"

#include <array>

#include "tests/catch.hpp"

using namespace hopcost;
using namespace hopcost::loadgen;

namespace {

struct Nobody final : SessionOwner {
  void on_connected(Session& /*session*/, Nanos /*took_ns*/) override {}
  void on_connect_failed(Session& /*session*/, const std::string& /*why*/) override {}
  void on_finished(Session& /*session*/) override {}
  void on_content_read(Session& /*session*/, std::uint64_t /*events*/, Nanos /*at*/) override {}
  void on_wake(Nanos /*now*/) override {}
};

/// A pool of four requests at once over three targets.
struct Made {
  explicit Made(Balance balance) {
    for (const auto* url : {"http://127.0.0.1:1", "http://127.0.0.1:2", "http://127.0.0.1:3"}) {
      options.targets.push_back(*parse_api_base(url));
    }
    options.balance = balance;
    options.concurrency = 4;
    workload.emplace(options, nullptr);
    pool.emplace(options, *workload, std::vector<Tcp::endpoint>(3), 0, loop, json, nobody, nullptr);
  }
  Options options;
  EventLoop loop;
  ReplyJson json;
  Nobody nobody;
  std::optional<Workload> workload;
  std::optional<Pool> pool;
};

}  // namespace

TEST_CASE("round-robin: targets get requests in turn, and no more at once than there are users") {
  Made made(Balance::round_robin);
  std::array<int, 3> taken{};
  Session* last = nullptr;
  for (int i = 0; i < 4; ++i) {
    last = made.pool->take();
    REQUIRE(last != nullptr);
    ++taken[last->target()];
  }
  CHECK(taken == std::array{2, 1, 1});
  CHECK_FALSE(made.pool->has_free());
  CHECK(made.pool->take() == nullptr);
  made.pool->give_back(*last);
  CHECK(made.pool->take()->target() == 1);
}

TEST_CASE("least: the target with the fewest requests under way gets the next") {
  Made made(Balance::least);
  auto* a = made.pool->take();
  auto* b = made.pool->take();
  auto* c = made.pool->take();
  CHECK(std::array{a->target(), b->target(), c->target()} == std::array<std::size_t, 3>{0, 1, 2});
  made.pool->give_back(*b);
  CHECK(made.pool->take()->target() == 1);
  made.pool->give_back(*c);
  CHECK(made.pool->take()->target() == 2);
}

TEST_CASE("connection: so many connections as users, each with one target") {
  Made made(Balance::connection);
  CHECK(made.pool->sessions().size() == 4);
  std::array<int, 3> taken{};
  while (auto* session = made.pool->take()) ++taken[session->target()];
  CHECK(taken == std::array{2, 1, 1});
}
