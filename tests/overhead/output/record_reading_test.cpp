#include "overhead/output/record_reading.hpp"

#include <nlohmann/json.hpp>

#include "loadgen/merge/stored_record.hpp"
#include "loadgen/output/packed.hpp"
#include "overhead/output/record.hpp"
#include "tests/catch.hpp"
#include "tests/overhead/cells.hpp"
#include "tests/support/program.hpp"

using namespace hopcost;
using namespace hopcost::overhead;
using test::CellShape;
using test::healthy_cell;

namespace {

nlohmann::json record() {
  Study study;
  study.started_at = "2026-01-02T03:04:05Z";
  study.took_s = 7;
  study.failures.push_back(Error{ErrorCode::unreachable, "did not come up", "stack x"});
  auto unary = healthy_cell();
  auto stream = healthy_cell(CellShape{.mode = Mode::stream});
  conclude(unary);
  conclude(stream);
  study.cells = {unary, stream};
  return record_json(study, "overhead run");
}

}  // namespace

TEST_CASE("a record read back says what was written, as far as verdicts need it") {
  auto written = healthy_cell(CellShape{.mode = Mode::stream});
  conclude(written);
  const auto study = study_from_text(record().dump(), "run.json");
  REQUIRE(study);
  CHECK(study->started_at == "2026-01-02T03:04:05Z");
  CHECK(study->failures.size() == 1);
  REQUIRE(study->cells.size() == 2);
  const auto& read = study->cells[1];
  CHECK(read.id == written.id);
  CHECK(read.asked.mode == Mode::stream);
  CHECK(read.state == written.state);
  CHECK(read.checks.size() == written.checks.size());
  CHECK(read.passes.size() == written.passes.size());
  CHECK(read.overheads.size() == written.overheads.size());
  const auto& ours = written.overheads.at(kPerChunk);
  const auto& theirs = read.overheads.at(kPerChunk);
  CHECK(theirs.difference.value == ours.difference.value);
  CHECK(theirs.difference.restarts == ours.difference.restarts);
  CHECK(theirs.noise_floor() == ours.noise_floor());
  CHECK(read.cpu_per_request_ns->high == written.cpu_per_request_ns->high);
  CHECK(restart_differences(read.passes, kStack, kBaseline, kPerChunk) ==
        restart_differences(written.passes, kStack, kBaseline, kPerChunk));
}

TEST_CASE(
    "delays of a backend that is not ours are null in the record, and not 0 when it is read") {
  auto cell = healthy_cell(CellShape{.mode = Mode::stream});
  cell.scenario = {-1, -1, 16};
  conclude(cell);
  Study study;
  study.cells = {cell};
  const auto written = record_json(study, "overhead run");
  CHECK(written["cells"][0]["backend"]["ttft_ns"].is_null());
  const auto read = study_from_text(written.dump(), "run.json");
  REQUIRE(read);
  CHECK(read->cells[0].scenario == cell.scenario);
}

TEST_CASE("a record read back and written again is the same record: a run can be gone on with") {
  auto cell = healthy_cell(CellShape{.mode = Mode::stream});
  cell.scenario = {3 * kMillisecond, 2 * kMillisecond, 16};
  cell.pass_ns = 400 * kMillisecond;
  cell.alone_ns = 2.5e6;
  cell.acknowledged_ns = 1.5e6;
  cell.repeated_pairs = 3;
  auto& pass = cell.passes.front();
  pass.counters.failures[static_cast<std::size_t>(loadgen::Failure::timeout)] = 2;
  pass.counters.ok = 98;
  pass.failure_samples[static_cast<std::size_t>(loadgen::Failure::timeout)] = "no reply in 30 s";
  pass.counters.bytes_read = 12345;
  pass.busiest_threads_ns = {700, 20};
  pass.stack_storage_bytes = 4096;
  pass.deferred_cpu_ns = 2'500'000;
  pass.pressure = PressureShares{0.1, 0.02, 0};
  loadgen::RunResult merged;
  for (int i = 1; i <= 5'000; ++i) merged.metrics[loadgen::Metric::e2e].record(i * 1'000);
  for (const auto& each : cell.passes) {
    if (each.arm == pass.arm) merged.counters.merge(each.counters);
  }
  cell.merged[pass.arm] = merged;
  conclude(cell);
  Study study;
  study.experiment.seed = 7;
  study.cells = {cell};
  study.started_at = "2026-01-02T03:04:05Z";
  study.resumed_at = {"2026-01-02T04:00:00Z"};
  study.versions = {{"made-up", "1.2"}};
  const auto before = record_json(study, "overhead run");

  const auto read = study_from_text(before.dump(), "run.json");
  REQUIRE(read);
  CHECK(read->resumed_at == study.resumed_at);
  CHECK(read->versions == study.versions);
  CHECK(read->config == to_yaml(study.experiment));
  study.cells = read->cells;
  for (auto& each : study.cells) conclude(each);
  const auto after = record_json(study, "overhead run");
  CHECK(after["cells"][0]["passes"] == before["cells"][0]["passes"]);
  // Percentiles are made anew from buckets of 0.8 %.
  const auto& then = before["cells"][0]["distributions_ns"][pass.arm]["e2e"];
  const auto& now = after["cells"][0]["distributions_ns"][pass.arm]["e2e"];
  for (const auto* field : {"buckets", "count", "min", "max"}) CHECK(now[field] == then[field]);
  CHECK(now["error_adjusted"]["p99"].get<double>() ==
        Approx(then["error_adjusted"]["p99"].get<double>()).epsilon(0.008));
  CHECK(after["cells"][0]["checks"] == before["cells"][0]["checks"]);
  CHECK(after["cells"][0]["backend"] == before["cells"][0]["backend"]);
  for (const auto* field : {"pass_ns", "alone_ns", "acknowledged_ns", "repeated_pairs", "state",
                            "workers_seen", "overheads"}) {
    CAPTURE(field);
    CHECK(after["cells"][0][field] == before["cells"][0][field]);
  }
}

TEST_CASE("the record's text is the record, with lists of figures on one line") {
  const auto json = nlohmann::json::parse(
      R"({"a": [[1, 2], [3, 4.5]], "b": {"c": [], "d": {}, "e": "x\ny"}, "f": [{"g": null}], "h": []})");
  const auto text = record_text(json);
  CHECK(nlohmann::json::parse(text) == json);
  CHECK(text.find("\"a\": [[1,2],[3,4.5]]") != std::string::npos);
  CHECK(record_text(nlohmann::json::object()) == "{}\n");
  CHECK(nlohmann::json::parse(record_text(record())) == record());
}

TEST_CASE("what differs between two machines is told by name") {
  CHECK(differences_text({{"kernel", "6.1"}, {"cpus", "2"}}, {{"kernel", "6.1"}, {"cpus", "2"}})
            .empty());
  CHECK(differences_text({{"kernel", "6.1"}, {"cpus", "2"}}, {{"kernel", "5.10"}}) ==
        "cpus 'unknown' then, '2' now; kernel '5.10' then, '6.1' now");
}

TEST_CASE("a record that is none, or lacks a field, is refused by the field's name") {
  const auto complaint = [](const std::string& text) {
    const auto study = study_from_text(text, "some/run.json");
    REQUIRE_FALSE(study);
    return study.error().to_string();
  };
  CHECK(complaint("{") == "some/run.json: is not JSON");
  CHECK(complaint("[]") == "some/run.json: schema is missing");
  CHECK(complaint(R"({"schema":"other/1"})") == "some/run.json: schema is not hopcost.overhead/1");
  auto json = record();
  json["cells"][1]["checks"][0].erase("code");
  CHECK(complaint(json.dump()) == "some/run.json: cells[1].checks[0].code is missing");
  json = record();
  json["cells"][0]["overheads"]["e2e.p50"]["difference"]["low"] = "x";
  CHECK(complaint(json.dump()) ==
        "some/run.json: cells[0].overheads.e2e.p50.difference.low is of the wrong type");
  json = record();
  json["cells"][0]["mode"] = "batch";
  CHECK(complaint(json.dump()) == "some/run.json: cells[0].mode is no mode");
  CHECK(read_study("/nonexistent").error().to_string() == "/nonexistent: cannot be read");
}

TEST_CASE("a record that was packed to be kept is read like one that was not") {
  const test::TemporaryFolder folder;
  const auto text = record().dump();
  static_cast<void>(folder.write("run.json.zst", loadgen::zstd_compressed(text)));
  const auto packed = loadgen::stored_record(folder.path());
  REQUIRE(packed);
  CHECK(packed->text == text);
  CHECK(packed->file.filename() == "run.json.zst");
  CHECK(read_study(folder.path()));
  static_cast<void>(
      folder.write("run.json", "{}"));  // the newer of the two: the packed one was made of it
  CHECK(loadgen::stored_record(folder.path())->text == "{}");
  CHECK(loadgen::stored_record(folder.path() / "run.json.zst")->text == text);
  static_cast<void>(folder.write("broken.zst", "not packed"));
  CHECK(loadgen::stored_record(folder.path() / "broken.zst").error().message.find("no Zstandard") !=
        std::string::npos);
}

TEST_CASE("every field that is taken out of a record is missed, or was not needed, none crashes") {
  const auto whole = record();
  const auto flat = whole.flatten();
  for (const auto& [pointer, value] : flat.items()) {
    auto json = whole;
    json[nlohmann::json::json_pointer(pointer)] = nullptr;
    CAPTURE(pointer);
    CHECK_NOTHROW(static_cast<void>(study_from_text(json.dump(), "run.json")));
  }
}
