#include "overhead/cluster/rollout.hpp"

#include <filesystem>

#include <nlohmann/json.hpp>

#include "tests/catch.hpp"
#include "tests/support/program.hpp"

using namespace hopcost;
using namespace hopcost::overhead;
using hopcost::test::read_file;
using hopcost::test::TemporaryFolder;
using nlohmann::json;

namespace {

json deployment(int wanted, int updated, int ready) {
  return {{"kind", "Deployment"},
          {"metadata", {{"name", "d"}, {"generation", 3}}},
          {"spec", {{"replicas", wanted}}},
          {"status",
           {{"observedGeneration", 3},
            {"replicas", wanted},
            {"updatedReplicas", updated},
            {"readyReplicas", ready}}}};
}

json pod(bool owned, const char* ready) {
  json made{{"kind", "Pod"},
            {"metadata", {{"name", "p"}}},
            {"status", {{"conditions", {{{"type", "Ready"}, {"status", ready}}}}}}};
  if (owned) made["metadata"]["ownerReferences"] = json::array({{{"kind", "ReplicaSet"}}});
  return made;
}

/// A client that writes down what it is asked.
Kubectl client(const TemporaryFolder& folder) {
  ClusterPlace place;
  place.kubectl = folder.write(
      "client", "#!/bin/sh\nshift 2\necho \"$@\" >>'" + (folder.path() / "asked").string() + "'\n");
  std::filesystem::permissions(place.kubectl, std::filesystem::perms::owner_all);
  return Kubectl(place);
}

}  // namespace

TEST_CASE("a Deployment is ready once all its replicas are those that were asked for") {
  const auto ready = [](const json& item) {
    const auto count = ready_in({{"items", json::array({item})}});
    CHECK(count.all == 1);
    return count.ready == 1;
  };
  CHECK(ready(deployment(2, 2, 2)));
  CHECK_FALSE(ready(deployment(2, 1, 2)));  // one is still of the old ones
  CHECK_FALSE(ready(deployment(2, 2, 1)));
  auto not_seen = deployment(2, 2, 2);
  not_seen["status"]["observedGeneration"] = 2;
  CHECK_FALSE(ready(not_seen));
  auto ending = deployment(2, 2, 2);
  ending["status"]["replicas"] = 3;
  CHECK_FALSE(ready(ending));
}

TEST_CASE("pods of a Deployment are counted by it, others by themselves") {
  const auto count = ready_in(
      {{"items",
        {deployment(1, 1, 1), pod(true, "False"), pod(false, "True"), pod(false, "False")}}});
  CHECK(count.all == 3);
  CHECK(count.ready == 2);
  CHECK(ready_in({{"items", "none"}}).all == 0);
}

TEST_CASE("a part is one Deployment and one Service, no more and no fewer") {
  const auto list = json::parse(R"({"items": [
    {"kind": "Deployment", "metadata": {"name": "d", "annotations": {"hopcost/model": "m", "hopcost/api-key-env": "KEY"}},
     "spec": {"replicas": 2, "template": {"spec": {"containers": [
       {"name": "stack", "image": "i:1", "env": [{"name": "OTHER", "value": "x"}, {"name": "WORKERS", "value": "4"}]},
       {"name": "meter", "image": "j:1", "env": [{"name": "WORKERS", "value": "9"}]}]}}}},
    {"kind": "Service", "metadata": {"name": "s"}, "spec": {"ports": [{"port": 8321}, {"port": 80}]}}]})");
  const auto part = part_in(list, "a=b");
  REQUIRE(part);
  CHECK(part->deployment == "d");
  CHECK(part->service == "s");
  CHECK(part->port == 8321);
  CHECK(part->replicas == 2);
  CHECK(part->workers == "4");
  CHECK(part->container == "stack");
  CHECK(part->image == "i:1");
  CHECK(part->model == "m");
  CHECK(part->key_env == "KEY");
  auto two = list;
  two["items"].push_back(list["items"][1]);
  const auto refused = part_in(two, "a=b");
  REQUIRE_FALSE(refused);
  CHECK(refused.error().message.find("1 Deployments and 2 Services are labelled a=b") == 0);
}

TEST_CASE(
    "pods are renewed for every restart, scaled and told their workers only where that changes") {
  const TemporaryFolder folder;
  const auto kubectl = client(folder);
  Part part;
  part.deployment = "d";
  part.container = "stack";
  part.replicas = 2;
  part.workers = "1";
  REQUIRE(renew(kubectl, part, 2, 1));
  CHECK(read_file(folder.path() / "asked") == "rollout restart deployment/d\n");
  REQUIRE(renew(kubectl, part, 3, 4));
  CHECK(read_file(folder.path() / "asked") ==
        "rollout restart deployment/d\n"
        "scale deployment/d --replicas=3\n"
        "set env deployment/d --containers stack WORKERS=4\n"
        "rollout restart deployment/d\n");
  part.workers.clear();
  CHECK(renew(kubectl, part, 2, 1));
  const auto refused = renew(kubectl, part, 2, 2);
  REQUIRE_FALSE(refused);
  CHECK(refused.error().exit_code() == 64);
}
