// What a cluster's API server and the meters of pods say is read, or passed over.

#include <algorithm>
#include <string>

#include <nlohmann/json.hpp>

#include "overhead/cluster/meter.hpp"
#include "overhead/cluster/pods.hpp"
#include "overhead/cluster/rollout.hpp"
#include "tests/fuzz/fuzz.hpp"

using namespace hopcost;
using namespace hopcost::overhead;

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* bytes, std::size_t size) {
  const std::string text(fuzz::text_of(bytes, size));
  if (const auto sight = pod_sight_from(text)) {
    const auto again = pod_sight_from(
        to_json(*sight).dump(-1, ' ', false, nlohmann::json::error_handler_t::replace));
    fuzz::expect(again.has_value(), "what a meter says can be said again");
  }
  const auto list = nlohmann::json::parse(text, nullptr, false);
  const auto pods = pods_of(list);
  const auto nodes = nodes_of(list);
  for (const auto& node : nodes) fuzz::expect(node.cpus >= 0, "no node has fewer CPUs than none");
  (void)overcommitted(pods, nodes);
  (void)on_one_machine(pods, nodes);
  (void)where_they_are(pods);
  (void)what_keeps(list);
  const auto count = ready_in(list);
  fuzz::expect(count.ready <= count.all, "no more are ready than there are");
  const auto part = part_in(list, "a=b");
  fuzz::expect(part.has_value() || !part.error().message.empty(), "an error says what is wrong");
  return 0;
}
