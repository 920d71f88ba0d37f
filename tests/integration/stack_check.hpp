#pragma once

#include <cstdio>
#include <optional>
#include <string>
#include <vector>

#include <nlohmann/json.hpp>

#include "tests/catch.hpp"
#include "tests/support/program.hpp"

namespace hopcost::test {

/// `overhead stacks --check NAME` with its JSON.
struct StackCheck {
  explicit StackCheck(const std::string& name, int workers = 1) {
    const TemporaryFolder folder;
    const auto file = (folder.path() / "check.json").string();
    outcome = run_program({"overhead", "stacks", "--check", name, "--workers",
                           std::to_string(workers), "--quiet", "--output", file});
    const auto json = nlohmann::json::parse(read_file(file), nullptr, false);
    if (json.is_object() && json["stacks"].size() == 1) stack = json["stacks"][0];
  }
  /// What the stack changes about an aspect of a request's reply; nothing where it does not.
  [[nodiscard]] std::optional<std::string> change(const std::string& request,
                                                  const std::string& aspect) const {
    for (const auto& probe : stack["requests"]) {
      if (probe["request"] != request) continue;
      for (const auto& one : probe["changes"]) {
        if (one["aspect"] == aspect) return one["text"].get<std::string>();
      }
      return std::nullopt;
    }
    FAIL("there is no request '" << request << "'");
    return std::nullopt;
  }
  [[nodiscard]] const nlohmann::json& probe(const std::string& request) const {
    for (const auto& one : stack["requests"]) {
      if (one["request"] == request) return one;
    }
    FAIL("there is no request '" << request << "'");
    return stack;
  }
  /// 0: unary, 1: stream.
  [[nodiscard]] const nlohmann::json& load(std::size_t mode) const { return stack["loads"][mode]; }

  Outcome outcome;
  nlohmann::json stack;
};

/// What `overhead stacks` says is in the way of starting the stack; a test of it says so in a line
/// "SKIPPED: ..." and returns, which ctest counts as skipped.
inline bool skipped(const std::string& name) {
  const auto outcome = run_program({"overhead", "stacks"});
  REQUIRE(outcome.code == 0);
  const auto at = ("\n" + outcome.out).find("\n" + name + "\n");
  REQUIRE(at != std::string::npos);
  const auto missing = outcome.out.find("  not installed: ", at);
  const auto installed = outcome.out.find("  installed: ", at);
  if (installed < missing) return false;
  const auto end = outcome.out.find('\n', missing);
  std::printf("SKIPPED: %s: %s\n", name.c_str(),
              outcome.out.substr(missing + 2, end - missing - 2).c_str());
  return true;
}

/// What every stack has to do: answer, with our text and the workers that were asked for.
inline void check_transparent(const StackCheck& check) {
  INFO(check.outcome.out << check.outcome.err);
  REQUIRE(check.outcome.code == 0);
  REQUIRE(check.stack.is_object());
  for (const auto* request :
       {"unary", "stream", "tool call", "tool call, stream", "after errors"}) {
    INFO(request);
    CHECK(check.probe(request)["stack_status"] == 200);
    CHECK_FALSE(check.change(request, "stamps"));
    CHECK_FALSE(check.change(request, "text"));
    CHECK_FALSE(check.change(request, "tool calls"));
  }
  CHECK(check.probe("upstream 500")["stack_status"].get<int>() >= 500);
  CHECK(check.probe("unknown model")["stack_status"].get<int>() >= 400);
  for (const std::size_t mode : {0, 1}) {
    CHECK(check.load(mode)["ok"].get<int>() > 0);
    CHECK(check.load(mode)["failed"] == 0);
    CHECK(check.load(mode)["stamped"] == check.load(mode)["ok"]);
  }
  const auto& workers = check.stack["workers"];
  if (workers["verifiable"] == true) CHECK(workers["seen"][0] == workers["asked"]);
}

}  // namespace hopcost::test
