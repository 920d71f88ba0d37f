// The formats of other load generators, field by field.

#include <sstream>

#include <nlohmann/json.hpp>

#include "loadgen/output/format.hpp"
#include "loadgen/output/levels.hpp"
#include "loadgen/output/packed.hpp"
#include "loadgen/output/requests_file.hpp"
#include "tests/catch.hpp"
#include "tests/loadgen/output/made_levels.hpp"
#include "tests/loadgen/output/made_record.hpp"

using namespace hopcost;
using namespace hopcost::loadgen;
using namespace hopcost::loadgen::test;
using nlohmann::json;

namespace {

std::string file(const std::vector<OutputFile>& files, std::string_view path) {
  const auto found = std::ranges::find(files, path, &OutputFile::path);
  REQUIRE(found != files.end());
  return found->text;
}

std::vector<std::string> lines(const std::string& text, char end = '\n') {
  std::vector<std::string> out;
  std::istringstream in(text);
  for (std::string line; std::getline(in, line, end);) out.push_back(line);
  return out;
}

double number(const json& json, const char* pointer) {
  return json.at(nlohmann::json::json_pointer(pointer)).get<double>();
}

}  // namespace

TEST_CASE("locust: its headers, CRLF, failures in the times, an aggregated row") {
  const auto files = render_locust(made_levels());
  const auto rows = lines(file(files, "locust/loadgen_stats.csv"));
  REQUIRE(rows.size() == 3);
  CHECK(
      rows[0] ==
      "Type,Name,Request Count,Failure Count,Median Response Time,Average Response Time,Min "
      "Response Time,Max Response Time,Average Content Size,Requests/s,Failures/s,50%,66%,75%,80%,"
      "90%,95%,98%,99%,99.9%,99.99%,100%\r");
  CHECK(rows[1].starts_with("POST,/v1/chat/completions [stream],600,4,6"));
  CHECK(rows[2].starts_with(",Aggregated,600,4,6"));
  CHECK(rows[1].find(",2.000000,67.000000,1000.000,150.000000,1.000000,") != std::string::npos);
  const auto history = lines(file(files, "locust/loadgen_stats_history.csv"));
  REQUIRE(history.size() == 5);
  CHECK(history[0].starts_with("Timestamp,User Count,Type,Name,Requests/s,Failures/s,50%,"));
  CHECK(history[4].starts_with("1795361287,7,,Aggregated,202.000000,4.000000,67.0"));
  CHECK(history[4].find(",600,4,") != std::string::npos);
  CHECK(file(files, "locust/loadgen_failures.csv") ==
        "Method,Name,Error,Occurrences,First Seen,Last Seen\r\n"
        "POST,/v1/chat/completions [stream],\"http_status: HTTP 503: \"\"busy\"\"\",4,"
        "2026-11-22T15:28:06Z,2026-11-22T15:28:06Z\r\n");
  CHECK(file(files, "locust/loadgen_exceptions.csv") == "Count,Message,Traceback,Nodes\r\n");
}

TEST_CASE("vllm: one line a level, its own definitions of ttft, tpot, itl and e2el") {
  const auto runs = lines(render_vllm(made_levels())[0].text);
  REQUIRE(runs.size() == 2);
  const auto run = json::parse(runs[1]);
  CHECK(run["date"] == "20261122-152805");
  CHECK(run["request_rate"] == 200.0);
  CHECK(run["max_concurrency"] == 64);
  CHECK(run["completed"] == 396);
  CHECK(run["failed"] == 4);
  CHECK(run["duration"] == 2.0);
  CHECK(run["request_throughput"] == 198.0);
  CHECK(run["request_goodput"] == 198.0);
  CHECK(run["output_throughput"] == 1980.0);
  CHECK(run["total_token_throughput"] == 1980.0 + 198 * 32);
  CHECK(number(run, "/mean_ttft_ms") == Catch::Approx(10));  // the role chunk
  CHECK(number(run, "/mean_tpot_ms") == Catch::Approx(55.0 / 9).epsilon(1e-4));
  CHECK(number(run, "/mean_itl_ms") == Catch::Approx((10 + 9 * 5) / 10.0));
  CHECK(number(run, "/mean_e2el_ms") == Catch::Approx(65));
  CHECK(number(run, "/p99.9_e2el_ms") == Catch::Approx(65).epsilon(0.001));
  CHECK(number(run, "/mean_client_queue_time_ms") == Catch::Approx(1));
  CHECK(number(run, "/mean_e2el_including_client_queue_ms") == Catch::Approx(68));
  const auto closed = json::parse(render_vllm(made_record())[0].text);
  CHECK(closed["request_rate"] == "inf");
  CHECK(closed["max_concurrency"] == 4);
  CHECK_FALSE(closed.contains("mean_e2el_including_client_queue_ms"));
}

TEST_CASE("aiperf: summary, table and one line a request") {
  const auto files = render_aiperf(made_levels());
  const auto summary = json::parse(file(files, "aiperf/profile_export_aiperf.json"));
  CHECK(summary["schema_version"] == "1.4");
  CHECK(summary["request_throughput"]["unit"] == "requests/sec");
  CHECK(number(summary, "/request_throughput/avg") == Catch::Approx(596 / 4.0));
  CHECK(number(summary, "/time_to_first_token/avg") == Catch::Approx(20));
  CHECK(number(summary, "/inter_token_latency/avg") == Catch::Approx(47.0 / 9).epsilon(1e-4));
  CHECK(number(summary, "/request_latency/sum") == Catch::Approx(67.0 * 596));
  CHECK(summary["output_sequence_length"]["count"] == 596);
  CHECK(number(summary, "/error_request_count/avg") == 4);
  CHECK(number(summary, "/goodput/avg") == Catch::Approx(149));
  CHECK(summary["error_summary"][0]["count"] == 4);
  const auto table = lines(file(files, "aiperf/profile_export_aiperf.csv"));
  CHECK(table[0] == "Metric,avg,min,max,sum,p1,p5,p10,p25,p50,p75,p90,p95,p99,std");
  CHECK(table[1].starts_with("Request Latency (ms),67.00,67.00,67.00,39932.00,"));
  CHECK(std::ranges::find(table, "Metric,Value") != table.end());
  CHECK(std::ranges::find(table, "Request Count,596.00") != table.end());
  const auto requests = lines(file(files, "aiperf/profile_export.jsonl"));
  REQUIRE(requests.size() == 2);
  const auto ok = json::parse(requests[0]);
  CHECK(ok["metadata"]["credit_issued_ns"] == 1'795'361'284 * kSecond);
  CHECK(ok["metadata"]["request_start_ns"] == 1'795'361'284 * kSecond + kMillisecond);
  CHECK(number(ok, "/metrics/time_to_first_token/value") == 20);
  CHECK(number(ok, "/metrics/inter_token_latency/value") == Catch::Approx(47.0 / 9));
  CHECK(ok["error"].is_null());
  const auto failed = json::parse(requests[1]);
  CHECK(failed["error"] ==
        json{{"code", 503}, {"type", "http_status"}, {"message", "HTTP 503: \"busy\""}});
}

TEST_CASE("suite: the formulas of its document") {
  const auto report = json::parse(render_suite(made_levels())[0].text);
  CHECK(report["timestamp"] == "2026-11-22T15:28:03.000000");
  CHECK(report["base_url"] == "http://127.0.0.1:8000");
  const auto& results = report["results"];
  CHECK(results["total_requests"] == 600);
  CHECK(results["successful"] == 596);
  CHECK(number(results, "/success_rate") == Catch::Approx(100.0 * 596 / 600));
  CHECK(number(results, "/ttft_ms/p95") == Catch::Approx(20).epsilon(0.001));
  // (e2e - ttft) / (n - 1)
  CHECK(number(results, "/tpot_ms/mean") == Catch::Approx((67.0 - 20.0) / 9).epsilon(1e-4));
  CHECK(number(results, "/latency_s/p50") == Catch::Approx(0.067).epsilon(0.001));
  CHECK(number(results, "/throughput/requests_per_sec") == Catch::Approx(149));
  CHECK(results["mlperf_compliant"] == true);
  // Whatever else was asked for: MLPerf's standard set.
  auto slow = made_levels();
  slow.options.service_level = {};
  CHECK(add_service_level("production", slow.options.service_level));
  slow.result.metrics[Metric::ttft].record(600 * kMillisecond, 100);
  CHECK(json::parse(render_suite(slow)[0].text)["results"]["mlperf_compliant"] == true);
  slow.result.metrics[Metric::ttft].record(2100 * kMillisecond, 100);
  CHECK(json::parse(render_suite(slow)[0].text)["results"]["mlperf_compliant"] == false);
}

TEST_CASE("hgrm: HdrHistogram's percentile distribution, up to the maximum") {
  const auto files = render_hgrm(made_record());
  const auto text = lines(file(files, "hgrm/e2e.hgrm"));
  CHECK(text[0] == "       Value     Percentile TotalCount 1/(1-Percentile)");
  CHECK(text[2].find(" 0.000000000000 ") != std::string::npos);
  CHECK(text[text.size() - 3].find(" 1.000000000000       1000") != std::string::npos);
  CHECK(text[text.size() - 3].starts_with(" 1000.000000"));
  CHECK(text[text.size() - 2].starts_with("#[Mean    =   500.500000, StdDeviation   ="));
  CHECK(text.back() == "#[Max     =  1000.000000, Total count    =         1000]");
}

TEST_CASE("csv: a row a second, empty where nothing was measured") {
  const auto rows = lines(render_csv(made_levels())[0].text);
  REQUIRE(rows.size() == 5);
  CHECK(rows[0].starts_with("at_s,sent,ok,failed,chunks,output_tokens,in_flight,ttft_mean_ms,"));
  CHECK(rows[4].starts_with("3,202,198,4,1980,1980,6.700,,,,,,,,,,,67.000000,"));
  CHECK(std::ranges::count(rows[4], ',') == std::ranges::count(rows[0], ','));
}

TEST_CASE("inference-perf: the rules of its own validators") {
  const auto files = render_inference_perf(made_levels());
  const auto summary = json::parse(file(files, "inference-perf/summary_lifecycle_metrics.json"));
  double count = 0;
  double successes = 0;
  double last_rate = 0;
  for (const auto* path : {"inference-perf/stage_0_lifecycle_metrics.json",
                           "inference-perf/stage_1_lifecycle_metrics.json"}) {
    const auto stage = json::parse(file(files, path));
    CHECK(number(stage, "/successes/count") + number(stage, "/failures/count") ==
          number(stage, "/load_summary/count"));
    CHECK(number(stage, "/successes/throughput/requests_per_sec") *
              number(stage, "/benchmark_time_seconds") ==
          Catch::Approx(number(stage, "/successes/count")));
    CHECK(number(stage, "/successes/throughput/total_tokens_per_sec") ==
          Catch::Approx(number(stage, "/successes/throughput/input_tokens_per_sec") +
                        number(stage, "/successes/throughput/output_tokens_per_sec")));
    CHECK(number(stage, "/successes/prompt_tokens/total") ==
          Catch::Approx(number(stage, "/successes/prompt_tokens/mean") *
                        number(stage, "/successes/count")));
    CHECK(number(stage, "/successes/prompt_tokens/uncached") ==
          number(stage, "/successes/prompt_tokens/total"));
    CHECK(number(stage, "/load_summary/requested_rate") > last_rate);
    last_rate = number(stage, "/load_summary/requested_rate");
    const auto& ttft = stage["successes"]["latency"]["time_to_first_token"];
    double last = number(ttft, "/min");
    for (const auto* name :
         {"p0.1", "p1", "p5", "p10", "p25", "median", "p75", "p90", "p95", "p99", "p99.9", "max"}) {
      CHECK(ttft[name].get<double>() >= last);
      last = ttft[name].get<double>();
    }
    CHECK(last == Catch::Approx(0.020));
    CHECK(number(stage, "/successes/goodput_metrics/goodput_percentage") == 100);
    CHECK(stage["successes"]["prompt_len"]["mean"] == 32.0);
    count += number(stage, "/load_summary/count");
    successes += number(stage, "/successes/count");
  }
  CHECK(count == number(summary, "/load_summary/count"));
  CHECK(successes == number(summary, "/successes/count"));
  CHECK(summary["failures"]["by_label"]["http_status"] ==
        json{{"count", 4}, {"messages", {{{"message", "HTTP 503: \"busy\""}}}}});
  // Two of six hundred requests were kept: its validators would miss the others.
  CHECK(std::ranges::none_of(files, [](const OutputFile& each) {
    return each.path.find("per_request") != std::string::npos;
  }));
  auto whole = made_levels();
  whole.result.counters.sent = 2;
  whole.result.counters.ok = 1;
  const auto requests = json::parse(
      file(render_inference_perf(whole), "inference-perf/per_request_lifecycle_metrics.json"));
  REQUIRE(requests.size() == 2);
  CHECK(requests[0]["info"]["response_metrics"]["output_tokens"] == 10);
  CHECK(requests[1]["error"]["error_type"] == "http_status");
  const auto config = json::parse(file(files, "inference-perf/config.yaml"));
  CHECK(config["load"]["stages"][1] == json{{"duration", 2}, {"rate", 200.0}});
}

TEST_CASE("guidellm: every number its loader asks for, errors in their own state") {
  const auto files = render_guidellm(made_levels());
  const auto report = json::parse(file(files, "guidellm/benchmarks.json"));
  CHECK(report["metadata"]["version"] == 2);
  REQUIRE(report["benchmarks"].size() == 2);
  const auto& benchmark = report["benchmarks"][1];
  CHECK(benchmark["start_time"] == 1'795'361'285.0);
  CHECK(benchmark["duration"] == 2.0);
  CHECK(benchmark["config"]["strategy"]["rate"] == 200.0);
  CHECK(benchmark["metrics"]["request_totals"] ==
        json{{"successful", 396}, {"errored", 4}, {"incomplete", 0}, {"total", 400}});
  for (const auto& [name, metric] : benchmark["metrics"].items()) {
    CAPTURE(name);
    if (!metric.contains("successful") || !metric["successful"].is_object()) continue;
    for (const auto* state : {"successful", "errored", "incomplete", "total"}) {
      for (const auto* field :
           {"mean", "median", "mode", "variance", "std_dev", "min", "max", "count", "total_sum"}) {
        CHECK(metric[state][field].is_number());
      }
      CHECK(metric[state]["percentiles"].size() == 11);
    }
  }
  const auto& metrics = benchmark["metrics"];
  CHECK(number(metrics, "/request_latency/successful/mean") == Catch::Approx(0.067));
  CHECK(number(metrics, "/request_latency/errored/count") == 4);
  CHECK(number(metrics, "/time_per_output_token_ms/successful/mean") == Catch::Approx(6.5));
  CHECK(number(metrics, "/inter_token_latency_ms/successful/mean") == Catch::Approx(5));
  CHECK(number(metrics, "/total_token_count/successful/mean") == Catch::Approx(42));
  CHECK(number(metrics, "/request_dispatch_delay/successful/mean") == Catch::Approx(0.001));
  REQUIRE(benchmark["requests"]["errored"].size() == 1);
  CHECK(report["benchmarks"][0]["requests"]["successful"][0]["info"]["timings"]["request_start"] ==
        Catch::Approx(1'795'361'284.001));
}

TEST_CASE("guidellm: users and then rates are its sweep, whose profile lists neither") {
  auto mixed = made_levels();
  mixed.result.stages.front().concurrency = 8;
  mixed.result.stages.front().rate_per_s = 0;
  const auto report = json::parse(file(render_guidellm(mixed), "guidellm/benchmarks.json"));
  CHECK(report["config"]["spec"]["profile"] ==
        json{{"kind", "sweep"}, {"sweep_size", 2}, {"strategy_type", "constant"}});
  CHECK(report["benchmarks"][0]["config"]["strategy"]["streams"] == 8);
  CHECK(report["benchmarks"][1]["config"]["strategy"]["rate"] == 200.0);
}

TEST_CASE("guidellm: the table of 0.3 as its readers take it apart") {
  const auto files = render_guidellm(made_levels());
  const auto text =
      lines(file(files, "guidellm/guidellm-benchmark-stack-s1-sw1-v1-20261122-152803.txt"));
  // A line of =, the header, one of -, the rows, a line of =.
  REQUIRE(text.size() == 9);
  CHECK(text[1] == "Benchmarks Stats:");
  CHECK(text[2].find_first_not_of('=') == std::string::npos);
  CHECK(text[5].starts_with("-"));
  CHECK(text[8] == text[2]);
  const auto cells = lines(text[7], '|');
  REQUIRE(cells.size() == 17);
  CHECK(cells[0].find("constant@200") != std::string::npos);
  CHECK(std::stod(cells[1]) == Catch::Approx(198));
  CHECK(std::stod(cells[6]) == Catch::Approx(0.067).epsilon(0.001));
  CHECK(std::stod(cells[9]) == Catch::Approx(20).epsilon(0.001));
  CHECK(std::stod(cells[12]) == Catch::Approx(5).epsilon(0.001));
  CHECK(std::stod(cells[15]) == Catch::Approx(4.5).epsilon(0.001));  // (last - first) / n
}

TEST_CASE("llm-d: a report a stage, units as its model wants them") {
  const auto files = render_llm_d(made_levels());
  REQUIRE(files.size() == 2);
  CHECK(files[1].path == "llm-d/benchmark_report_v0.2,_stage_1.yaml");
  const auto report = json::parse(files[1].text);
  CHECK(report["version"] == "0.2.1");
  CHECK(report["run"]["eid"] == json::parse(files[0].text)["run"]["eid"]);
  CHECK(report["run"]["uid"] != json::parse(files[0].text)["run"]["uid"]);
  CHECK(report["run"]["time"]["start"] == "2026-11-22T15:28:05.000000Z");
  CHECK(report["run"]["time"]["duration"] == "PT2S");
  const auto& load = report["scenario"]["load"]["standardized"];
  CHECK(load["rate_qps"] == 200.0);
  CHECK(load["stage"] == 1);
  CHECK(load["input_seq_len"] == json{{"distribution", "fixed"}, {"value", 32}});
  const auto& all = report["results"]["request_performance"]["aggregate"];
  CHECK(all["requests"]["total"] == 400);
  CHECK(all["requests"]["failures"] == 4);
  CHECK(all["latency"]["inter_token_latency"]["units"] == "ms/token");
  CHECK(number(all, "/latency/time_to_first_token/mean") == Catch::Approx(20));
  CHECK(all["latency"]["time_to_first_token"].contains("p95"));
  CHECK_FALSE(all["latency"]["time_to_first_token"].contains("p99"));  // 396 samples
  CHECK(all["throughput"]["request_rate"] == json{{"units", "queries/s"}, {"mean", 198.0}});
}

TEST_CASE("a pause is no level, and the requests behind it keep their place") {
  auto record = made_levels();
  auto pause = record.result.stages[0];
  pause.rate_per_s = 0;
  pause.measured.counters = {};
  record.result.stages.insert(record.result.stages.begin() + 1, pause);
  auto log = RequestLog(10);
  for (auto row : record.result.requests.rows()) {
    if (row.slice.stage == 1) row.slice.stage = 2;
    log.add(row);
  }
  record.result.requests = log;
  REQUIRE(levels_of(record).size() == 2);
  CHECK(levels_of(record)[1].rate_per_s == 200);
  CHECK(rows_of(record, 1).size() == 1);
  CHECK(rows_of(record, 1)[0].status == 503);
}

TEST_CASE("numbers with an exponent have a point, so that YAML 1.1 takes them for numbers") {
  CHECK(
      yaml_text(R"({"a": 1e-05, "b": 1.5e-07, "c": -2e+20, "1e5": "1e-05 \"3e4\"", "d": [3e9]})") ==
      R"({"a": 1.0e-05, "b": 1.5e-07, "c": -2.0e+20, "1e5": "1e-05 \"3e4\"", "d": [3.0e9]})");
  CHECK(yaml_text("true") == "true");
}

TEST_CASE("the requests that were kept: a line each, compressed") {
  const auto record = made_levels();
  const auto text = requests_jsonl(record);
  const auto rows = lines(text);
  REQUIRE(rows.size() == 2);
  const auto ok = json::parse(rows[0]);
  CHECK(ok["intended_ns"] == 1'795'361'284 * kSecond);
  CHECK(ok["close_ns"].get<Nanos>() - ok["send_ns"].get<Nanos>() == 67 * kMillisecond);
  CHECK(ok["failure"].is_null());
  CHECK(ok["model"] == "mock-model");
  const auto failed = json::parse(rows[1]);
  CHECK(failed["stage"] == 1);
  CHECK(failed["first_content_ns"].is_null());
  CHECK(failed["failure"] == "http_status");
  const auto packed = zstd_compressed(text);
  const auto unpacked = zstd_unpacked(packed, text.size());
  REQUIRE(unpacked);
  CHECK(*unpacked == text);
}

TEST_CASE("what is packed wrongly, cut short or too long is an error, not a text") {
  const std::string text(300'000, 'x');
  const auto packed = zstd_compressed(text);
  CHECK(zstd_unpacked(packed, text.size()).value() == text);
  CHECK(zstd_unpacked(packed, text.size() - 1).error().message.find("longer") != std::string::npos);
  for (std::size_t cut = 1; cut < packed.size(); ++cut) {
    CHECK_FALSE(zstd_unpacked(std::string_view(packed).substr(0, cut), text.size()));
  }
  CHECK(zstd_unpacked("no such file", 100).error().message.find("no Zstandard") !=
        std::string::npos);
  CHECK_FALSE(zstd_unpacked("", 100));
}
