#include "mockserver/scenario/options.hpp"

#include <algorithm>
#include <cstdlib>

#include <CLI/CLI.hpp>
#include <fmt/format.h>
#include <nlohmann/json.hpp>

#include "common/cli.hpp"
#include "common/units.hpp"
#include "mockserver/scenario/llm_d_names.hpp"
#include "mockserver/scenario/load.hpp"
#include "mockserver/scenario/scenario_flags.hpp"

namespace hopcost::mockserver {
namespace {

using nlohmann::json;

/// What the command line says before it is checked.
struct Raw {
  std::string listen = "127.0.0.1:8000";
  int port = 0;
  int replicas = 1;
  std::string cpus;
  std::string config_file;
  std::string scenario_file;
  std::string max_body = "16MiB";
};

const char* environment(const char* name) {
  const char* value = std::getenv(name);
  return value == nullptr || *value == '\0' ? nullptr : value;
}

/// For options whose texts are read when all is said.
const CLI::callback_t kReadLater = [](const CLI::results_t& /*results*/) { return true; };

/// "body:1: load.max_running" -> "load.max_running"
std::string key_in(const std::string& where) {
  const auto at = where.find(": ");
  return at == std::string::npos ? "" : where.substr(at + 2);
}

/// Of a default, for the help.
std::string text_of(const json& value) {
  if (value.is_string()) return value.get<std::string>();
  if (value.is_null() || value.empty()) return "";
  if (!value.is_array()) return value.dump();
  std::string text;
  for (const auto& item : value) text += (text.empty() ? "" : ",") + text_of(item);
  return text;
}

/// The program's command line. Lives while it is parsed.
class CommandLine {
 public:
  explicit CommandLine(Options& options) : options_(options) {
    app_.option_defaults()->always_capture_default();
    add_server();
    add_scenario_flags();
    add_llm_d_names();
    app_.add_option_group("Output")->add_flag("-q,--quiet", options_.quiet, "Log warnings only");
    add_common_options(app_, "mockserver", raw_.config_file);
    app_.get_option("--config")->description("A scenario file whose keys may also be option names");
    app_.parse_complete_callback([this] { apply_known_variables(); });
  }

  std::optional<int> parse(int argc, const char* const* argv) {
    // The file is not left to parse_command_line: most of its keys are the scenario's.
    return parse_command_line(app_, argc, argv, "", [this]() -> Result<void> {
      const auto done = catch_errors([this]() -> bool {
        finish();
        return true;
      });
      if (!done) return std::unexpected(done.error());
      return {};
    });
  }

 private:
  void add_server() {
    auto* server = app_.add_option_group("Server");
    listen_ =
        server->add_option("-l,--listen", raw_.listen, "Address to listen on; port 0: any free one")
            ->type_name("HOST:PORT");
    port_ = server->add_option("-p,--port", raw_.port, "The same as --listen 127.0.0.1:PORT")
                ->check(CLI::Range(0, 65535))
                ->default_str("")
                ->type_name("PORT");
    replicas_ = server
                    ->add_option("--replicas", raw_.replicas,
                                 "Servers in this process, on ports that follow each other")
                    ->check(CLI::Range(1, kMaxReplicas))
                    ->type_name("N");
    server
        ->add_option("--scenario", raw_.scenario_file,
                     "What to be: models, times, faults (docs/scenario.md)")
        ->type_name("FILE");
    server->add_option("-t,--threads", options_.threads, "Worker threads (0: one for each CPU)")
        ->check(CLI::Range(0, 1024));
    server
        ->add_option("--cpus", raw_.cpus, "Pin worker threads to these CPUs in turn, such as 0-3,8")
        ->type_name("LIST");
    server->add_option("--max-body", raw_.max_body, "Largest request body")->type_name("SIZE");
    add_duration(*server, "--drain-time", options_.drain_time,
                 "Time for requests under way when the server is told to stop");
  }

  void add_scenario_flags() {
    const json defaults = to_json(Scenario{});
    CLI::App* group = nullptr;
    const char* group_name = nullptr;
    for (const auto& flag : kScenarioFlags) {
      if (group_name != flag.group) group = app_.add_option_group(flag.group);
      group_name = flag.group;
      if (flag.kind == ScenarioFlag::Kind::yes) {
        flags_.push_back(group->add_flag(flag.names, flag.help));
        continue;
      }
      auto* option = group->add_option(flag.names, kReadLater, flag.help)->type_name(flag.type);
      const json::json_pointer pointer(flag.pointer);
      option->default_str(defaults.contains(pointer) ? text_of(defaults.at(pointer)) : "");
      if (flag.kind == ScenarioFlag::Kind::list)
        option->expected(1, CLI::detail::expected_max_vector_size)->allow_extra_args();
      flags_.push_back(option);
      if (std::string_view(flag.names) == "--itl") {
        stream_delay_ = group
                            ->add_option("--stream-delay", kReadLater,
                                         "Another name for --itl (also STREAM_DELAY_SECONDS, in "
                                         "seconds)")
                            ->type_name("TIME");
      }
    }
    itl_ = app_.get_option("--itl");
    model_ = app_.get_option("--model");
    model_->delimiter(',');
  }

  void add_llm_d_names() {
    auto* group = app_.add_option_group("Names that llm-d-inference-sim has for these");
    for (const auto& name : llm_d_names()) {
      auto* option = group->add_option(name.flag, kReadLater, name.help)->type_name(name.type);
      if (name.list)
        option->expected(1, CLI::detail::expected_max_vector_size)
            ->allow_extra_args()
            ->delimiter(',');
      llm_d_.push_back(option);
    }
  }

  [[nodiscard]] bool said(const char* flag) const { return app_.get_option(flag)->count() > 0; }

  /// STREAM_DELAY_SECONDS and MOCK_MODELS speak where flags and their variables are silent.
  void apply_known_variables() {
    gap_said_first_ = itl_->count() > 0 || said("--inter-token-latency");
    stream_delay_said_first_ = stream_delay_->count() > 0;
    port_said_first_ = port_->count() > 0;
    listen_said_first_ = listen_->count() > 0;
    if (const char* seconds = environment("STREAM_DELAY_SECONDS");
        seconds != nullptr && !gap_said_first_ && !stream_delay_said_first_) {
      const auto text = fmt::format("{}s", seconds);
      if (const auto delay = parse_duration(text); !delay) {
        throw CLI::ValidationError("STREAM_DELAY_SECONDS", delay.error().message);
      }
      stream_delay_->add_result(text);
      stream_delay_said_first_ = true;
    }
    if (const char* models = environment("MOCK_MODELS");
        models != nullptr && model_->count() == 0 && !said("--served-model-name")) {
      for (const auto& name : CLI::detail::split(models, ',')) model_->add_result(name);
    }
  }

  // From here on everything throws ErrorException.

  void finish() {
    ScenarioFile file = load_file();
    take_server_options();
    take_replicas(file);
    const std::string changes = flag_changes().dump();
    for (auto& replica : file.replicas) replica = change(replica, changes);
    options_.replicas = std::move(file.replicas);
  }

  /// Keys of --config that are no scenario's are options: given, unless a flag or a variable was.
  ScenarioFile load_file() {
    if (raw_.config_file.empty()) return load(raw_.scenario_file, OtherKeys::refused);
    ScenarioFile file = load(raw_.config_file, OtherKeys::kept);
    for (auto it = file.others.rbegin(); it != file.others.rend(); ++it) {
      apply_config_entry(app_, it->first, it->second);
    }
    if (!raw_.scenario_file.empty()) {
      refuse("--scenario", "--config is a scenario too; include one of them in the other");
    }
    return file;
  }

  static ScenarioFile load(const std::string& file, OtherKeys others) {
    if (file.empty()) return {};
    return value_of(load_scenario(file, others));
  }

  void take_server_options() {
    // Where both are given, one by a flag goes before one in the file.
    const bool both = port_->count() > 0 && listen_->count() > 0;
    if (both && port_said_first_ == listen_said_first_) {
      refuse("--port", "it is another name for --listen; give one of them");
    }
    if (port_->count() > 0 && !listen_said_first_) {
      options_.listen = {"127.0.0.1", static_cast<std::uint16_t>(raw_.port)};
    } else {
      options_.listen = value_of(parse_host_port(raw_.listen), "--listen");
    }
    if (!raw_.cpus.empty()) options_.cpus = value_of(parse_cpu_list(raw_.cpus), "--cpus");
    options_.max_body = value_of(parse_size(raw_.max_body), "--max-body");
  }

  void take_replicas(ScenarioFile& file) {
    const auto* theirs = app_.get_option("--data-parallel-size");
    if (theirs->count() > 0) {
      if (replicas_->count() > 0)
        refuse("--data-parallel-size", "it is another name for --replicas");
      const auto& text = theirs->results().back();
      const auto number = YamlNode(YAML::Node(text), "--data-parallel-size", "");
      raw_.replicas = static_cast<int>(number.as_int(1, kMaxReplicas));
    }
    if (theirs->count() + replicas_->count() > 0) {
      const auto wanted = static_cast<std::size_t>(raw_.replicas);
      if (file.replicas_listed && file.replicas.size() != wanted) {
        refuse("--replicas", fmt::format("the file lists {}", file.replicas.size()));
      }
      const Scenario each = file.replicas.front();
      if (!file.replicas_listed) file.replicas.assign(wanted, each);
    }
    const auto last = options_.listen.port + file.replicas.size() - 1;
    if (options_.listen.port != 0 && last > 65535) {
      refuse("--replicas", fmt::format("would need ports up to {}", last));
    }
  }

  /// What all flags ask of the scenario, as with_changes reads it.
  json flag_changes() {
    LlmDFlags theirs;
    for (std::size_t i = 0; i < llm_d_.size(); ++i) {
      if (llm_d_[i]->count() > 0) theirs[llm_d_names()[i].flag] = llm_d_[i]->results();
    }
    json changes = value_of(llm_d_changes(theirs));
    merge_stream_delay();
    for (std::size_t i = 0; i < flags_.size(); ++i) {
      if (flags_[i]->count() == 0) continue;
      const json::json_pointer pointer(kScenarioFlags[i].pointer);
      if (changes.contains(pointer)) {
        refuse(flags_[i]->get_name(), "llm-d-inference-sim's name for it is given too");
      }
      const bool list = kScenarioFlags[i].kind == ScenarioFlag::Kind::list;
      changes[pointer] = list ? json(flags_[i]->results()) : json(flags_[i]->results().back());
    }
    return changes;
  }

  /// Where the gap has two names, one said by a flag goes before one in the file.
  void merge_stream_delay() {
    if (stream_delay_->count() == 0) return;
    if (gap_said_first_ && stream_delay_said_first_) {
      refuse("--stream-delay", "it is another name for --itl; give one of them");
    }
    if (gap_said_first_) return;
    itl_->clear();
    itl_->add_result(stream_delay_->results().back());
    itl_->run_callback();
  }

  static Scenario change(const Scenario& scenario, const std::string& changes) {
    auto changed = with_changes(scenario, changes, ChangeFrom::command_line);
    if (changed) return std::move(*changed);
    // Of the flag, not of the text we made.
    const std::string key = key_in(changed.error().where);
    for (const auto& flag : kScenarioFlags) {
      std::string path = flag.pointer + 1;
      std::ranges::replace(path, '/', '.');
      if (key.starts_with(path)) {
        const std::string names = flag.names;
        refuse(names.substr(names.rfind(',') + 1), changed.error().message);
      }
    }
    refuse(key, changed.error().message);
  }

  template <class T>
  static T value_of(Result<T> result, const char* flag = nullptr) {
    if (result) return std::move(*result);
    if (flag != nullptr) refuse(flag, result.error().message);
    throw ErrorException(result.error());
  }

  [[noreturn]] static void refuse(std::string where, std::string message) {
    throw ErrorException(Error{ErrorCode::usage, std::move(message), std::move(where)});
  }

  Options& options_;
  Raw raw_;
  CLI::App app_{"Answers like an OpenAI-compatible model server, at times you choose.",
                "mockserver"};
  CLI::Option* listen_ = nullptr;
  CLI::Option* port_ = nullptr;
  CLI::Option* replicas_ = nullptr;
  CLI::Option* model_ = nullptr;
  CLI::Option* itl_ = nullptr;
  CLI::Option* stream_delay_ = nullptr;
  std::vector<CLI::Option*> flags_;  ///< as kScenarioFlags
  std::vector<CLI::Option*> llm_d_;  ///< as llm_d_names()
  bool gap_said_first_ = false;      ///< by a flag or the environment, not by the file
  bool stream_delay_said_first_ = false;
  bool port_said_first_ = false;
  bool listen_said_first_ = false;
};

}  // namespace

std::optional<int> parse_options(int argc, const char* const* argv, Options& options) {
  return CommandLine(options).parse(argc, argv);
}

}  // namespace hopcost::mockserver
