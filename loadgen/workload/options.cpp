#include "loadgen/options.hpp"

#include <CLI/CLI.hpp>
#include <fmt/format.h>

#include "loadgen/workload/dataset.hpp"
#include "loadgen/workload/request_options.hpp"
#include "loadgen/workload/workload.hpp"

namespace hopcost::loadgen {
namespace {

Result<void> read_length(const char* option, const std::string& text, TokenLength& length) {
  const auto parsed = TokenLength::parse(text);
  if (!parsed) return fail(ErrorCode::usage, std::string(option) + ": " + parsed.error().message);
  length = *parsed;
  return {};
}

Result<void> read_mix(const RawRequests& raw, Options& options) {
  const RequestClass otherwise{{"", 1}, options.prompt_tokens, options.output_tokens};
  for (const auto& text : raw.classes) {
    const auto kind = parse_class(text, otherwise);
    if (!kind) return fail(ErrorCode::usage, "--class: " + kind.error().message);
    options.classes.push_back(*kind);
  }
  options.models.clear();
  for (const auto& text : raw.models) {
    const auto model = parse_weighted(text);
    if (!model) return fail(ErrorCode::usage, "--model: " + model.error().message);
    options.models.push_back(*model);
  }
  if (raw.prefix.empty()) return {};
  const auto prefix = parse_shared_prefix(raw.prefix);
  if (!prefix) return fail(ErrorCode::usage, "--shared-prefix: " + prefix.error().message);
  options.prefix = *prefix;
  return {};
}

Result<void> read_trace(const RawRequests& raw, Options& options) {
  if (raw.replay.empty()) return {};
  if (!options.dataset.empty()) {
    return fail(ErrorCode::usage, "--replay has requests of its own: no --dataset");
  }
  options.dataset = raw.replay;
  options.replay = true;
  const auto entries = read_dataset(options.dataset);
  if (!entries) return std::unexpected(entries.error());
  if (!entries->back().at) {
    return fail(ErrorCode::usage, "not every request has a timestamp", options.dataset);
  }
  const auto length = static_cast<double>(*entries->back().at) / options.replay_speed;
  options.warmup = 0;
  options.duration = static_cast<Nanos>(length) + kMillisecond;
  return {};
}

Result<void> check_combinations(const RawRequests& raw, const Options& options) {
  const int sources = (options.dataset.empty() ? 0 : 1) + (options.prefix.groups > 0 ? 1 : 0) +
                      (options.classes.empty() ? 0 : 1);
  if (sources > 1) {
    return fail(ErrorCode::usage,
                "--dataset or --replay, --shared-prefix and --class each say what the requests "
                "are: use one of them");
  }
  if (!options.dataset.empty() && options.turns != TokenLength(1)) {
    return fail(ErrorCode::usage, "--turns makes up its conversations: no --dataset");
  }
  if (options.api == Api::embeddings && options.stream) {
    return fail(ErrorCode::usage, "--api embeddings has no streams");
  }
  if (options.api != Api::chat && options.turns != TokenLength(1)) {
    return fail(ErrorCode::usage, "--turns needs --api chat");
  }
  if (options.stamps && (options.api == Api::embeddings || options.api == Api::responses)) {
    return fail(ErrorCode::usage, fmt::format("--stamps: not with --api {}", raw.api));
  }
  return {};
}

}  // namespace

void add_request_options(CLI::App& group, RawRequests& raw, Options& options) {
  group
      .add_option("-m,--model", raw.models,
                  "Model to ask for; several with weights: -m a=3 -m b=1 (repeatable)")
      ->type_name("NAME[=WEIGHT]");
  group.add_option("--api", raw.api, "Interface to send requests to")
      ->check(CLI::IsMember({"chat", "completions", "embeddings", "responses"}))
      ->type_name("NAME");
  group.add_flag("-s,--stream,!--no-stream", options.stream, "Ask for streamed answers");
  group
      .add_option("--prompt-tokens", raw.prompt_tokens,
                  "Words in each prompt: 512, or drawn: 256-1024, normal(512,128), "
                  "lognormal(512,128), normal(512,128,100-2000)")
      ->type_name("LENGTH");
  group
      .add_option("--output-tokens,--max-tokens", raw.output_tokens,
                  "max_tokens of each request, in the same forms")
      ->type_name("LENGTH");
  group
      .add_option("--class", raw.classes,
                  "A mix: name=weight:prompt=LENGTH,output=LENGTH (repeatable)")
      ->type_name("CLASS")
      ->default_str("");
  group
      .add_option("--shared-prefix", raw.prefix,
                  "Prompts that begin alike: groups=8,prompts=16,system=1024,question=64")
      ->type_name("LIST")
      ->default_str("");
  group
      .add_option("--dataset", options.dataset,
                  "File with the requests: .jsonl (OpenAI), .json (ShareGPT), .csv (lengths)")
      ->type_name("FILE")
      ->default_str("");
  group
      .add_option("--replay", raw.replay,
                  "Trace: a dataset with timestamps, which say when each request is due")
      ->type_name("FILE")
      ->default_str("");
  group.add_option("--replay-speed", options.replay_speed, "2: twice as fast as the trace")
      ->check(CLI::Range(0.001, 1000.0));
  group
      .add_option("--turns", raw.turns,
                  "Closed loop: requests of a conversation, each with all that was said before")
      ->type_name("LENGTH");
  group.add_flag("--same-prompts", options.same_prompts,
                 "The same text in every request of a length; else no prompt comes twice");
  group.add_flag("--calibrate", options.calibrate,
                 "Ask the server first how it counts, so that prompts have these lengths in its "
                 "own tokens");
  group
      .add_option("--tokenizer", options.tokenizer,
                  "Name of the model's tokenizer, as other tools ask for: recorded, not loaded; "
                  "--calibrate asks the server itself")
      ->type_name("NAME")
      ->default_str("");
  group.add_flag("--ignore-eos", options.ignore_eos, "Ask for answers of exactly that length");
  group
      .add_option("--extra-body", options.extra_body,
                  "JSON object whose fields each request has too, such as '{\"temperature\":0}'")
      ->type_name("JSON")
      ->default_str("");
  group.add_flag("--stamps", options.stamps,
                 "Send time inside the text (a hopcost mock sends it back)");
  group
      .add_option(
          "--server-time", raw.server_time,
          "Header in which the server states a time of its own, for the metric server_time: "
          "x-overhead-ms, openai-processing-ms, x-took=us")
      ->type_name("HEADER[=UNIT]")
      ->default_str("");
}

Result<void> read_requests(const RawRequests& raw, Options& options) {
  const auto api = std::ranges::find(kApiNames, raw.api);
  if (api != kApiNames.end()) options.api = static_cast<Api>(api - kApiNames.begin());
  if (auto read = read_length("--prompt-tokens", raw.prompt_tokens, options.prompt_tokens); !read) {
    return read;
  }
  if (auto read = read_length("--output-tokens", raw.output_tokens, options.output_tokens); !read) {
    return read;
  }
  if (auto read = read_length("--turns", raw.turns, options.turns); !read) return read;
  if (const auto good = check_extra_body(options.extra_body); !good) {
    return fail(ErrorCode::usage, "--extra-body: " + good.error().message);
  }
  if (!raw.server_time.empty()) {
    const auto header = parse_server_time_header(raw.server_time);
    if (!header) return fail(ErrorCode::usage, "--server-time: " + header.error().message);
    options.server_time = *header;
  }
  if (auto mix = read_mix(raw, options); !mix) return mix;
  if (auto trace = read_trace(raw, options); !trace) return trace;
  return check_combinations(raw, options);
}

}  // namespace hopcost::loadgen
