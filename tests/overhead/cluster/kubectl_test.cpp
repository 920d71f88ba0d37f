#include "overhead/cluster/kubectl.hpp"

#include <filesystem>

#include <nlohmann/json.hpp>

#include "tests/catch.hpp"
#include "tests/support/program.hpp"

using namespace hopcost;
using namespace hopcost::overhead;
using hopcost::test::TemporaryFolder;

namespace {

/// A client that does what `script` says with what it is given.
Kubectl client(const TemporaryFolder& folder, const std::string& script) {
  ClusterPlace place;
  place.name_space = "here";
  place.kubectl = folder.write("client", "#!/bin/sh\n" + script + "\n");
  std::filesystem::permissions(place.kubectl, std::filesystem::perms::owner_all);
  return Kubectl(place);
}

}  // namespace

TEST_CASE("a client is asked in its namespace, and what it prints is not what it complains of") {
  const TemporaryFolder folder;
  const auto kubectl = client(folder, "echo warning >&2; echo \"$@\"");
  const auto said = kubectl.ask({"scale", "deployment/x y", "--replicas=2"});
  REQUIRE(said);
  CHECK(*said == "--namespace here scale deployment/x y --replicas=2\n");
  const auto ended = kubectl.exec("pod-1", "meter", {"overhead", "meter"}, kSecond);
  REQUIRE(ended);
  CHECK(ended->code == 0);
  CHECK(ended->printed == "--namespace here exec pod-1 --container meter -- overhead meter\n");
  CHECK(ended->complaint == "warning\n");
}

TEST_CASE("each way in which a cluster fails has one line that says what to look at") {
  struct Case {
    std::string complaint;
    std::string part;
  };
  const auto one = GENERATE(
      Case{"Error from server (Forbidden): pods is forbidden: User \"u\" cannot list resource "
           "\"pods\"",
           "not allowed: Error from server (Forbidden)"},
      Case{"Error from server (Forbidden): pods is forbidden",
           "auth can-i --list --namespace here"},
      Case{"The connection to the server 127.0.0.1:1 was refused - did you specify the right host "
           "or port?",
           "does not answer: The connection to the server 127.0.0.1:1 was refused"},
      Case{"E0101 00:00:00.0 1 memcache.go:265 couldn't get\nUnable to connect to the server: dial "
           "tcp: i/o timeout",
           "cluster-info"},
      Case{"Error from server (NotFound): pods \"x\" not found",
           "(NotFound): pods \"x\" not found"},
      Case{"", "it gave no reason"});
  const TemporaryFolder folder;
  const auto kubectl = client(folder, "cat >&2 <<'END'\n" + one.complaint + "\nEND\nexit 1");
  const auto said = kubectl.ask({"get", "pods"});
  REQUIRE_FALSE(said);
  INFO(said.error().to_string());
  CHECK(said.error().exit_code() == 69);
  CHECK(said.error().to_string().find(one.part) != std::string::npos);
}

TEST_CASE("a client that is not there is named") {
  ClusterPlace place;
  place.kubectl = "no-such-client";
  const auto said = Kubectl(place).ask({"get", "pods"});
  REQUIRE_FALSE(said);
  CHECK(said.error().to_string().find("no-such-client") != std::string::npos);
  CHECK(said.error().exit_code() == 69);
}

TEST_CASE("a client that does not end is ended, and one that is told to stop stops") {
  const TemporaryFolder folder;
  const auto kubectl = client(folder, "sleep 60");
  const auto said = kubectl.ask({"get", "pods"}, 100 * kMillisecond);
  REQUIRE_FALSE(said);
  CHECK(said.error().to_string().find("does not answer within") != std::string::npos);
  std::stop_source stop;
  stop.request_stop();
  const auto ended = kubectl.run({"get"}, 60 * kSecond, stop.get_token());
  REQUIRE(ended);
  CHECK_FALSE(ended->code);
}

TEST_CASE("what is no JSON is refused where JSON is asked for") {
  const TemporaryFolder folder;
  CHECK_FALSE(client(folder, "echo hello").get({"pods"}));
  const auto list = client(folder, "echo '{\"items\": []}'").get({"pods"});
  REQUIRE(list);
  CHECK(list->contains("items"));
}
