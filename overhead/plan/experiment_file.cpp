#include <fmt/format.h>
#include <fmt/ranges.h>

#include "common/units.hpp"
#include "overhead/plan/experiment.hpp"

namespace hopcost::overhead {
namespace {

constexpr int kMostWorkers = 1024;
constexpr int kMostBackends = 64;
constexpr int kMostConcurrency = 10'000;

std::vector<int> int_list(const YamlNode& node, int at_most) {
  std::vector<int> list;
  for (const auto& item : node.items()) list.push_back(static_cast<int>(item.as_int(1, at_most)));
  if (list.empty()) node.complain("must not be empty");
  return list;
}

const char* name_of(Ceilings ceilings) {
  switch (ceilings) {
    case Ceilings::off:
      return "off";
    case Ceilings::on:
      return "on";
    case Ceilings::only:
      break;
  }
  return "only";
}

Mode read_mode(const YamlNode& node) {
  const std::string name = node.as_string();
  if (name == "unary") return Mode::unary;
  if (name == "stream") return Mode::stream;
  node.complain(fmt::format("must be unary or stream, not '{}'", name));
}

Attach read_attach(const YamlNode& node) {
  Attach attach;
  YamlFields fields = node.fields();
  attach.baseline = fields.require("baseline").as_string();
  attach.stack = fields.require("stack").as_string();
  const auto text = [&](const char* key, std::string& value) {
    if (const auto found = fields.take(key)) value = found->as_string();
  };
  text("baseline_model", attach.baseline_model);
  text("model", attach.model);
  text("api_key_env", attach.api_key_env);
  text("scrape", attach.scrape);
  constexpr int kMostPid = 4'194'304;
  if (const auto pid = fields.take("pid")) attach.pid = static_cast<int>(pid->as_int(1, kMostPid));
  fields.finish();
  return attach;
}

std::string attach_text(const Attach& attach) {
  std::string out =
      fmt::format("attach:\n  baseline: {}\n  stack: {}\n", attach.baseline, attach.stack);
  const auto add = [&](const char* key, const std::string& value) {
    if (!value.empty()) out += fmt::format("  {}: \"{}\"\n", key, value);
  };
  add("baseline_model", attach.baseline_model);
  add("model", attach.model);
  add("api_key_env", attach.api_key_env);
  add("scrape", attach.scrape);
  if (attach.pid > 0) out += fmt::format("  pid: {}\n", attach.pid);
  return out;
}

ClusterPlace read_cluster(const YamlNode& node) {
  ClusterPlace cluster;
  YamlFields fields = node.fields();
  cluster.name_space = fields.require("namespace").as_string();
  if (const auto found = fields.take("kubectl")) cluster.kubectl = found->as_string();
  if (const auto found = fields.take("patience")) cluster.patience = found->as_duration();
  fields.finish();
  return cluster;
}

std::string cluster_text(const ClusterPlace& cluster) {
  return fmt::format("cluster: {{namespace: \"{}\", kubectl: \"{}\", patience: {}}}\n",
                     cluster.name_space, cluster.kubectl, duration_text(cluster.patience));
}

double rate_from(const YamlNode& node) {
  const auto rate = parse_rate(node.as_string());
  if (!rate) node.complain(rate.error().message);
  return *rate;
}

/// Takes the factors that stand in `fields`; the others stay as they are.
void read_factors(YamlFields& fields, Factors& factors) {
  if (const auto node = fields.take("stacks")) {
    factors.stacks.clear();
    for (const auto& item : node->items()) factors.stacks.push_back(item.as_string());
    if (factors.stacks.empty()) node->complain("must not be empty");
  }
  if (const auto node = fields.take("workers")) factors.workers = int_list(*node, kMostWorkers);
  if (const auto node = fields.take("replicas")) factors.replicas = int_list(*node, kMostWorkers);
  if (const auto node = fields.take("backend_replicas")) {
    factors.backend_replicas = int_list(*node, kMostBackends);
  }
  const auto users = fields.take("concurrency");
  if (users) factors.concurrency = int_list(*users, kMostConcurrency);
  if (const auto node = fields.take("rates")) {
    factors.rates.clear();
    for (const auto& item : node->items()) factors.rates.push_back(rate_from(item));
    if (factors.rates.empty()) node->complain("must not be empty");
    if (!users) factors.concurrency.clear();
  }
  if (const auto node = fields.take("modes")) {
    factors.modes.clear();
    for (const auto& item : node->items()) factors.modes.push_back(read_mode(item));
    if (factors.modes.empty()) node->complain("must not be empty");
  }
  constexpr int kLongest = 100'000;
  if (const auto node = fields.take("prompt_lengths")) {
    factors.prompt_lengths = int_list(*node, kLongest);
  }
  if (const auto node = fields.take("output_lengths")) {
    factors.output_lengths = int_list(*node, kLongest);
  }
  if (const auto node = fields.take("chunk_delays")) {
    factors.chunk_delays.clear();
    for (const auto& item : node->items()) factors.chunk_delays.push_back(item.as_duration());
    if (factors.chunk_delays.empty()) node->complain("must not be empty");
  }
  if (const auto node = fields.take("ceilings")) {
    factors.ceilings = ceilings_named(node->as_string());
    if (!factors.ceilings) node->complain("must be off, on or only");
  }
}

Experiment decode(const YamlNode& root) {
  Experiment e;
  YamlFields fields = root.fields();
  const auto number = [&](const char* key, int& value, int least, int most) {
    if (const auto node = fields.take(key)) value = static_cast<int>(node->as_int(least, most));
  };
  const auto duration = [&](const char* key, Nanos& value) {
    if (const auto node = fields.take(key)) value = node->as_duration();
  };
  if (const auto node = fields.take("name")) e.name = node->as_string();
  number("restarts", e.restarts, 2, 1000);
  if (const auto node = fields.take("rounds")) {
    e.rounds = static_cast<int>(node->as_int(2, 1000));
    if (e.rounds % 2 != 0) node->complain("must be even: rounds come in mirrored pairs");
  }
  duration("min_pass", e.min_pass);
  duration("time_budget", e.time_budget);
  duration("warmup", e.warmup);
  number("min_requests", e.min_requests, 1, 1'000'000);
  number("prompt_tokens", e.prompt_tokens, 1, 100'000);
  number("output_tokens", e.output_tokens, 1, 100'000);
  duration("ttft", e.ttft);
  duration("itl", e.itl);
  if (const auto node = fields.take("arrival")) {
    const auto kind = loadgen::arrival_kind(node->as_string());
    if (!kind) node->complain("must be constant, uniform, poisson, gamma or burst");
    e.arrival = *kind;
  }
  number("max_in_flight", e.max_in_flight, 1, kMostConcurrency);
  if (const auto node = fields.take("spawn_rate")) {
    e.spawn_per_s = node->as_double();
    if (!(e.spawn_per_s > 0)) node->complain("must be above 0");
  }
  if (const auto node = fields.take("seed")) {
    e.seed = static_cast<std::uint64_t>(node->as_int(0));
  }
  if (const auto node = fields.take("harness")) e.harness = node->as_string();
  if (const auto node = fields.take("pin")) {
    const std::string pin = node->as_string();
    if (pin != "auto" && pin != "off") node->complain("must be auto or off");
    e.pin = pin == "auto";
  }
  if (const auto node = fields.take("backend_config")) e.backend_config = node->as_string();
  number("stack_port", e.stack_port, 0, 65535);
  number("backend_port", e.backend_port, 0, 65535);
  if (const auto node = fields.take("skip_missing")) e.skip_missing = node->as_bool();

  if (const auto node = fields.take("attach")) e.attach = read_attach(*node);
  if (const auto node = fields.take("cluster")) e.cluster = read_cluster(*node);

  Factors base;
  read_factors(fields, base);
  e.treatments = {base};
  if (const auto list = fields.take("treatments")) {
    e.treatments.clear();
    for (const auto& item : list->items()) {
      Factors factors = base;
      YamlFields inner = item.fields();
      read_factors(inner, factors);
      inner.finish();
      e.treatments.push_back(factors);
    }
    if (e.treatments.empty()) list->complain("must not be empty");
  }
  fields.finish();
  return e;
}

std::vector<std::string> mode_names(const std::vector<Mode>& modes) {
  std::vector<std::string> names;
  for (const Mode mode : modes) names.emplace_back(mode_name(mode));
  return names;
}

}  // namespace

std::optional<Ceilings> ceilings_named(std::string_view name) {
  for (const auto ceilings : {Ceilings::off, Ceilings::on, Ceilings::only}) {
    if (name == name_of(ceilings)) return ceilings;
  }
  return std::nullopt;
}

namespace {

Result<Experiment> decoded(const Result<YamlNode>& root) {
  if (!root) return std::unexpected(root.error());
  return catch_errors([&] { return decode(*root); });
}

}  // namespace

Result<Experiment> load_experiment(const std::filesystem::path& file) {
  return decoded(load_yaml(file));
}

Result<Experiment> experiment_from_text(const std::string& text, const std::string& file) {
  return decoded(parse_yaml(text, file));
}

std::string to_yaml(const Experiment& e) {
  std::string out = fmt::format(
      "name: {}\nrestarts: {}\nrounds: {}\nmin_pass: {}\nwarmup: {}\nmin_requests: {}\n"
      "prompt_tokens: {}\noutput_tokens: {}\nttft: {}\nitl: {}\narrival: {}\nmax_in_flight: {}\n"
      "seed: {}\npin: {}\n"
      "stack_port: {}\nbackend_port: {}\nskip_missing: {}\ntreatments:\n",
      e.name, e.restarts, e.rounds, duration_text(e.min_pass), duration_text(e.warmup),
      e.min_requests, e.prompt_tokens, e.output_tokens, duration_text(e.ttft), duration_text(e.itl),
      loadgen::name_of(e.arrival), e.max_in_flight, e.seed, e.pin ? "auto" : "off", e.stack_port,
      e.backend_port, e.skip_missing);
  if (e.time_budget > 0) {
    out.insert(out.rfind("treatments:"),
               fmt::format("time_budget: {}\n", duration_text(e.time_budget)));
  }
  if (e.spawn_per_s > 0) {
    out.insert(out.rfind("treatments:"), fmt::format("spawn_rate: {}\n", e.spawn_per_s));
  }
  if (!e.harness.empty()) {
    out.insert(out.rfind("treatments:"), fmt::format("harness: \"{}\"\n", e.harness));
  }
  if (!e.backend_config.empty()) {
    out.insert(out.rfind("treatments:"), fmt::format("backend_config: \"{}\"\n", e.backend_config));
  }
  if (e.attach) out.insert(out.rfind("treatments:"), attach_text(*e.attach));
  if (e.cluster) out.insert(out.rfind("treatments:"), cluster_text(*e.cluster));
  for (const auto& f : e.treatments) {
    out += fmt::format("  - stacks: [{}]\n    workers: [{}]\n    replicas: [{}]\n    modes: [{}]\n",
                       fmt::join(f.stacks, ", "), fmt::join(f.workers, ", "),
                       fmt::join(f.replicas, ", "), fmt::join(mode_names(f.modes), ", "));
    if (!f.concurrency.empty()) {
      out += fmt::format("    concurrency: [{}]\n", fmt::join(f.concurrency, ", "));
    }
    if (f.backend_replicas != std::vector{1}) {
      out += fmt::format("    backend_replicas: [{}]\n", fmt::join(f.backend_replicas, ", "));
    }
    if (!f.rates.empty()) out += fmt::format("    rates: [{}/s]\n", fmt::join(f.rates, "/s, "));
    if (!f.prompt_lengths.empty()) {
      out += fmt::format("    prompt_lengths: [{}]\n", fmt::join(f.prompt_lengths, ", "));
    }
    if (!f.output_lengths.empty()) {
      out += fmt::format("    output_lengths: [{}]\n", fmt::join(f.output_lengths, ", "));
    }
    if (!f.chunk_delays.empty()) {
      std::vector<std::string> delays;
      for (const Nanos delay : f.chunk_delays) delays.push_back(duration_text(delay));
      out += fmt::format("    chunk_delays: [{}]\n", fmt::join(delays, ", "));
    }
    if (f.ceilings) out += fmt::format("    ceilings: {}\n", name_of(*f.ceilings));
  }
  return out;
}

}  // namespace hopcost::overhead
