#include "mockserver/admin/vllm_metrics.hpp"

#include <algorithm>
#include <iterator>
#include <string_view>

#include <fmt/format.h>

namespace hopcost::mockserver {
namespace {

constexpr std::array<std::string_view, kFinishedReasons> kReasonNames{"stop", "length", "abort",
                                                                      "error"};

double seconds(Nanos length_ns) {
  return static_cast<double>(length_ns) / static_cast<double>(kSecond);
}

std::string escaped(std::string_view value) {
  std::string out;
  for (const char c : value) {
    if (c == '\\' || c == '"') out += '\\';
    if (c == '\n') {
      out += "\\n";
    } else {
      out += c;
    }
  }
  return out;
}

/// A bucket's bound as vLLM's own client library writes it: always with a decimal point.
std::string bound_text(double bound) {
  std::string text = fmt::format("{}", bound);
  if (text.find('.') == std::string::npos) text += ".0";
  return text;
}

class Exposition {
 public:
  explicit Exposition(const std::vector<VllmModelMetrics>& models) : models_(models) {
    for (const auto& model : models) {
      labels_.push_back(fmt::format(R"(engine="0",model_name="{}")", escaped(model.model)));
    }
  }

  /// One sample a model: `value(VllmModelMetrics)`.
  template <class Value>
  void gauge(std::string_view name, std::string_view help, Value value) {
    family(name, "gauge", help, value);
  }
  template <class Value>
  void counter(std::string_view name, std::string_view help, Value value) {
    family(name, "counter", help, value);
  }

  void finished(std::string_view name, std::string_view help) {
    head(name, "counter", help);
    for (std::size_t m = 0; m < models_.size(); ++m) {
      for (std::size_t i = 0; i < kFinishedReasons; ++i) {
        sample(name, "", fmt::format(R"({},finished_reason="{}")", labels_[m], kReasonNames[i]),
               models_[m].counters.finished[i]);
      }
    }
  }

  template <class Histogram>
  void histogram(std::string_view name, std::string_view help, Histogram VllmCounters::* member) {
    head(name, "histogram", help);
    for (std::size_t m = 0; m < models_.size(); ++m) {
      const Histogram& values = models_[m].counters.*member;
      std::uint64_t cumulated = 0;
      for (std::size_t i = 0; i < Histogram::kBuckets; ++i) {
        cumulated += values.counts()[i];
        const auto bound =
            i + 1 < Histogram::kBuckets ? bound_text(Histogram::bounds()[i]) : std::string("+Inf");
        sample(name, "_bucket", fmt::format(R"({},le="{}")", labels_[m], bound), cumulated);
      }
      sample(name, "_count", labels_[m], cumulated);
      sample(name, "_sum", labels_[m], values.sum());
    }
  }

  void head(std::string_view name, std::string_view type, std::string_view help) {
    fmt::format_to(std::back_inserter(text_), "# HELP vllm:{0} {1}\n# TYPE vllm:{0} {2}\n", name,
                   help, type);
  }

  template <class Value>
  void sample(std::string_view name, std::string_view suffix, std::string_view labels,
              Value value) {
    fmt::format_to(std::back_inserter(text_), "vllm:{}{}{{{}}} {}\n", name, suffix, labels, value);
  }

  [[nodiscard]] std::string take() { return std::move(text_); }

 private:
  template <class Value>
  void family(std::string_view name, std::string_view type, std::string_view help, Value value) {
    head(name, type, help);
    for (std::size_t m = 0; m < models_.size(); ++m) {
      sample(name, "", labels_[m], value(models_[m]));
    }
  }

  const std::vector<VllmModelMetrics>& models_;
  std::vector<std::string> labels_;
  std::string text_;
};

void put_gauges(Exposition& out) {
  out.gauge("num_requests_running", "Requests in the running batch.",
            [](const VllmModelMetrics& m) { return m.gauges.running; });
  out.gauge("num_requests_waiting", "Requests waiting to run.",
            [](const VllmModelMetrics& m) { return m.gauges.waiting; });
  const auto kv_usage = [](const VllmModelMetrics& m) {
    if (m.gauges.kv_capacity == 0) return 0.0;
    return std::min(
        1.0, static_cast<double>(m.gauges.kv_used) / static_cast<double>(m.gauges.kv_capacity));
  };
  out.gauge("kv_cache_usage_perc", "Used part of the KV cache; 1 is all of it.", kv_usage);
  out.gauge("gpu_cache_usage_perc", "The older name of kv_cache_usage_perc.", kv_usage);
}

void put_counters(Exposition& out) {
  const auto prompt = [](const VllmModelMetrics& m) { return m.counters.prompt_tokens; };
  const auto cached = [](const VllmModelMetrics& m) { return m.counters.cached_tokens; };
  out.counter("prefix_cache_queries_total", "Tokens looked up in the prefix cache.", prompt);
  out.counter("prefix_cache_hits_total", "Tokens found in the prefix cache.", cached);
  out.counter("gpu_prefix_cache_queries_total", "The older name of prefix_cache_queries.", prompt);
  out.counter("gpu_prefix_cache_hits_total", "The older name of prefix_cache_hits.", cached);
  out.counter("num_preemptions_total", "Running requests that had to wait again.",
              [](const VllmModelMetrics& m) { return m.counters.preemptions; });
  out.counter("prompt_tokens_total", "Tokens of prompts.", prompt);
  out.counter("prompt_tokens_cached_total", "Tokens of prompts found in a cache.", cached);
  out.counter("generation_tokens_total", "Tokens generated.",
              [](const VllmModelMetrics& m) { return m.counters.generation_tokens; });
  out.finished("request_success_total", "Requests by why they ended.");
}

void put_histograms(Exposition& out) {
  out.histogram("time_to_first_token_seconds", "Time to the first token.", &VllmCounters::ttft);
  out.histogram("inter_token_latency_seconds", "Time between two tokens.",
                &VllmCounters::token_gap);
  out.histogram("time_per_output_token_seconds", "The older name of inter_token_latency_seconds.",
                &VllmCounters::token_gap);
  out.histogram("request_time_per_output_token_seconds", "Mean time between a request's tokens.",
                &VllmCounters::request_token_gap);
  out.histogram("e2e_request_latency_seconds", "Time from a request to its end.",
                &VllmCounters::e2e);
  out.histogram("request_queue_time_seconds", "Time a request waited to run.",
                &VllmCounters::queue);
  out.histogram("request_prefill_time_seconds", "Time from running to the first token.",
                &VllmCounters::prefill);
  out.histogram("request_decode_time_seconds", "Time from the first token to the end.",
                &VllmCounters::decode);
  out.histogram("request_inference_time_seconds", "Time a request ran.", &VllmCounters::inference);
}

void put_engine(Exposition& out, const VllmEngine& engine) {
  if (engine.num_gpu_blocks != 0) {
    out.head("cache_config_info", "gauge", "Sizes of the KV cache.");
    out.sample("cache_config_info", "",
               fmt::format(R"(block_size="{}",engine="0",num_gpu_blocks="{}")", engine.block_size,
                           engine.num_gpu_blocks),
               1);
  }
  if (engine.max_lora != 0) {
    out.head("lora_requests_info", "gauge", "Adapters in use; the value is when that changed.");
    out.sample("lora_requests_info", "",
               fmt::format(R"(max_lora="{}",running_lora_adapters="{}",waiting_lora_adapters="{}")",
                           engine.max_lora,
                           escaped(fmt::format("{}", fmt::join(engine.running_loras, ","))),
                           escaped(fmt::format("{}", fmt::join(engine.waiting_loras, ",")))),
               engine.loras_changed_at);
  }
}

}  // namespace

void VllmCounters::record(const FinishedRequest& request) {
  ++finished[static_cast<std::size_t>(request.reason)];
  prompt_tokens += request.prompt_tokens;
  cached_tokens += request.cached_tokens;
  generation_tokens += request.generation_tokens;
  e2e.add(seconds(request.end_ns));
  queue.add(seconds(request.queue_ns));
  if (request.generation_tokens == 0) return;
  const double decode_s = seconds(request.end_ns - request.first_token_ns);
  ttft.add(seconds(request.first_token_ns));
  prefill.add(seconds(request.first_token_ns - request.queue_ns));
  decode.add(decode_s);
  inference.add(seconds(request.end_ns - request.queue_ns));
  if (request.generation_tokens == 1) return;
  const std::uint64_t gaps = request.generation_tokens - 1;
  token_gap.add(decode_s / static_cast<double>(gaps), gaps);
  request_token_gap.add(decode_s / static_cast<double>(gaps));
}

VllmModelMetrics& VllmModelMetrics::operator+=(const VllmModelMetrics& other) {
  gauges.running += other.gauges.running;
  gauges.waiting += other.gauges.waiting;
  gauges.kv_used += other.gauges.kv_used;
  gauges.kv_capacity += other.gauges.kv_capacity;
  const VllmCounters& from = other.counters;
  counters.prompt_tokens += from.prompt_tokens;
  counters.cached_tokens += from.cached_tokens;
  counters.generation_tokens += from.generation_tokens;
  counters.preemptions += from.preemptions;
  for (std::size_t i = 0; i < kFinishedReasons; ++i) counters.finished[i] += from.finished[i];
  counters.ttft += from.ttft;
  counters.token_gap += from.token_gap;
  counters.request_token_gap += from.request_token_gap;
  counters.e2e += from.e2e;
  counters.queue += from.queue;
  counters.prefill += from.prefill;
  counters.decode += from.decode;
  counters.inference += from.inference;
  return *this;
}

std::string vllm_metrics_text(const std::vector<VllmModelMetrics>& models,
                              const VllmEngine& engine) {
  Exposition out(models);
  put_gauges(out);
  put_counters(out);
  put_histograms(out);
  put_engine(out, engine);
  return out.take();
}

}  // namespace hopcost::mockserver
