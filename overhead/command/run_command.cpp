#include <algorithm>
#include <filesystem>
#include <map>
#include <optional>
#include <unistd.h>

#include <fmt/chrono.h>
#include <fmt/format.h>
#include <nlohmann/json.hpp>

#include "common/status_line.hpp"
#include "loadgen/merge/stored_record.hpp"
#include "loadgen/output/format.hpp"
#include "overhead/cluster/cluster_site.hpp"
#include "overhead/command/commands.hpp"
#include "overhead/harness/driver.hpp"
#include "overhead/measure/study.hpp"
#include "overhead/output/record.hpp"
#include "overhead/output/record_reading.hpp"
#include "overhead/output/table.hpp"
#include "overhead/report/cell_files.hpp"
#include "overhead/report/page_data.hpp"
#include "overhead/report/reports.hpp"
#include "overhead/site/manifest.hpp"
#include "web/live_server.hpp"
#include "web/page.hpp"

namespace hopcost::overhead {
namespace {

namespace fs = std::filesystem;

constexpr int kNoVerdict = 2;

/// Tells on standard error how far a run is: its steps are of about the same length, and there are
/// at most so many of them, in at most so much time (0: as it takes). On a terminal in one line
/// that also says what is measured just now, else in a line a step.
class Progress {
 public:
  Progress(std::size_t steps, Nanos time_budget)
      : steps_(steps), time_budget_(time_budget), began_(now_ns()) {
    if (::isatty(STDERR_FILENO) == 1) line_.emplace();
  }

  void step(const std::string& what) {
    const auto left = left_text();
    ++done_;
    if (line_) {
      line_->show(what, fmt::format("  {}/{}{}", done_, steps_, left));
    } else {
      fmt::print(stderr, "[{}/{}] {}{}\n", done_, steps_, what, left);
    }
  }

  void look(const Now& now) {
    if (!line_) return;
    const auto& cell = now.cell;
    const auto so_far = cell.overheads.contains(cell.headline())
                            ? fmt::format("  {} us so far", overhead_text(cell, cell.headline()))
                            : std::string();
    line_->show(cell.id, fmt::format("  restart {} round {} {}{}  {}/{}{}", now.restart + 1,
                                     now.round + 1, now.arm, so_far, done_, steps_, left_text()));
  }

  /// Takes the line away, so that the results can be printed.
  void finish() { line_.reset(); }

 private:
  [[nodiscard]] std::string left_text() const {
    const double elapsed = in_seconds(now_ns() - began_);
    double left = in_seconds(time_budget_) - elapsed;
    if (done_ > 0) {
      const double rest =
          elapsed / static_cast<double>(done_) * static_cast<double>(steps_ - done_);
      left = time_budget_ > 0 ? std::min(left, rest) : rest;
    }
    return left > 0 ? fmt::format(", about {:.0f} s left", left) : "";
  }

  std::size_t steps_;
  Nanos time_budget_;
  std::size_t done_ = 0;
  Nanos began_;
  std::optional<StatusLine> line_;
};

int exit_code(const Study& study) {
  if (!study.failures.empty()) return study.failures.front().exit_code();
  const bool any = std::ranges::any_of(
      study.cells, [](const Cell& cell) { return cell.state != State::no_verdict; });
  return any ? 0 : kNoVerdict;
}

}  // namespace

int report_error(const Error& error) {
  fmt::print(stderr, "overhead: {}\n", error.to_string());
  return error.exit_code();
}

Result<fs::path> make_results_folder(const std::string& asked, const std::string& name) {
  const fs::path folder = asked.empty()
                              ? fs::path("results") / fmt::format("{}-{:%Y%m%d-%H%M%S}", name,
                                                                  fmt::gmtime(std::time(nullptr)))
                              : fs::path(asked);
  std::error_code ec;
  fs::create_directories(folder / "logs", ec);
  if (ec) return fail(ErrorCode::io, ec.message(), folder.string());
  return folder;
}

namespace {

/// The run that is gone on with, and what it is of.
struct Earlier {
  ReadStudy study;
  Experiment experiment;

  /// Restarts of all stand-ups that need not be made again.
  [[nodiscard]] std::size_t restarts() const {
    std::map<std::string, std::size_t> by_standup;
    for (const auto& cell : study.cells) {
      const auto done = restarts_in(cell).size();
      const auto [at, first] = by_standup.emplace(cell.standup.id(), done);
      if (!first) at->second = std::min(at->second, done);
    }
    std::size_t all = 0;
    for (const auto& [standup, done] : by_standup) all += done;
    return all;
  }
};

Result<Earlier> read_earlier(const std::string& folder) {
  auto study = read_study(folder);
  if (!study) return std::unexpected(study.error());
  auto experiment = experiment_from_text(study->config, study->file.string() + ": config");
  if (!experiment) return std::unexpected(experiment.error());
  return Earlier{std::move(*study), std::move(*experiment)};
}

int run(const Experiment& experiment, const ReadStudy* earlier, const fs::path& folder,
        const StudyContext& context, Progress* progress, const Program& program) {
  const auto study = run_study(experiment, context, earlier);
  if (progress != nullptr) progress->finish();
  if (!study) return report_error(study.error());
  const auto record = record_text(record_json(*study, program.command_line));
  const std::string table = study_table(*study);
  const std::string sentences = two_sentences(*study);
  auto written = write_file(folder / "run.json", record);
  if (written) written = write_file(folder / "config.yaml", to_yaml(study->experiment));
  if (written) written = write_reports(record, folder);
  if (written && !program.formats.empty()) {
    written = write_cell_files(study->cells, program.formats, folder);
  }
  if (!written) {
    fmt::print("{}\n{}\n", table, sentences);  // nothing that was measured is lost
    return report_error(written.error());
  }
  fmt::print("{}\nResults: {} ({:.0f} s)\n\n{}\n", table, folder.string(), study->took_s,
             sentences);
  return exit_code(*study);
}

/// The page of what the run has written so far. Nothing where nobody wants one.
Result<std::optional<web::LiveServer>> serve(const Program& program, const fs::path& folder) {
  if (program.serve.empty()) return std::optional<web::LiveServer>();
  if (!web::has_page()) return fail(ErrorCode::not_valid, std::string(web::kNoPage));
  const auto address = parse_host_port(program.serve);
  if (!address) return fail(ErrorCode::usage, "--serve: " + address.error().to_string());
  const auto file = folder / "run.json";
  web::LiveSource source;
  source.stamp = [file] {
    std::error_code ec;
    const auto written = fs::last_write_time(file, ec);
    return ec ? std::string("0") : fmt::format("{}", written.time_since_epoch().count());
  };
  source.data = [file]() -> Result<nlohmann::json> {
    const auto record = loadgen::stored_record(file.string());
    if (!record) return std::unexpected(record.error());
    return page_data(record->text);
  };
  auto server = web::LiveServer::start(*address, std::move(source));
  if (!server) return std::unexpected(server.error());
  if (!program.quiet) fmt::print(stderr, "live: {}\n", server->url());
  return std::optional<web::LiveServer>(std::move(*server));
}

/// The record names a cluster's images, and the machine that its launcher is on.
Result<void> set_cluster(StudyContext& context, const Experiment& experiment) {
  const Kubectl kubectl(*experiment.cluster);
  const auto launcher = find_launcher(kubectl);
  if (!launcher) return std::unexpected(launcher.error());
  auto images = images_of(kubectl, experiment);
  if (!images) return std::unexpected(images.error());
  context.versions = std::move(*images);
  context.machine = launcher->machine;
  return {};
}

/// What drives the rounds, and its version: nothing for our own load generator.
Result<void> set_driver(StudyContext& context, const Experiment& experiment) {
  if (experiment.cluster) return set_cluster(context, experiment);
  if (experiment.harness.empty()) return {};
  auto harness = find_harness(experiment.harness);
  if (!harness) return std::unexpected(harness.error());
  if (const auto missing = what_is_missing(*harness)) {
    return fail(ErrorCode::unreachable, *missing, fmt::format("harness {}", harness->name));
  }
  context.versions[fmt::format("{}{}", harness->name, kHarnessMark)] =
      stack_version(harness->as_stack());
  context.drive = driver_of(std::move(*harness));
  return {};
}

int run_with(const Experiment& experiment, const Earlier* earlier, const fs::path& folder,
             const Program& program, const std::stop_token& stop) {
  StudyContext context{.logs = folder / "logs", .progress = {}, .stop = stop};
  if (const auto set = set_driver(context, experiment); !set) return report_error(set.error());
  const auto live = serve(program, folder);
  if (!live) return report_error(live.error());
  context.keep = [&](const Study& so_far) {
    // What cannot be written now will be complained of at the end.
    (void)write_file(folder / "run.json", record_text(record_json(so_far, program.command_line)));
  };
  std::optional<Progress> progress;
  if (!program.quiet) {
    const auto all =
        plan_standups(experiment).size() * static_cast<std::size_t>(experiment.restarts);
    const auto done = earlier != nullptr ? std::min(all, earlier->restarts()) : 0;
    progress.emplace(all - done, experiment.time_budget);
    context.progress = [&](const std::string& what) { progress->step(what); };
    context.look = [&](const Now& now) { progress->look(now); };
  }
  return run(experiment, earlier != nullptr ? &earlier->study : nullptr, folder, context,
             progress ? &*progress : nullptr, program);
}

}  // namespace

int run_into(const fs::path& folder, const Program& program, const std::stop_token& stop) {
  return run_with(program.experiment, nullptr, folder, program, stop);
}

int run_command(const Program& program, const std::stop_token& stop) {
  std::optional<Earlier> earlier;
  if (!program.resume.empty()) {
    auto read = read_earlier(program.resume);
    if (!read) return report_error(read.error());
    earlier = std::move(*read);
  }
  if (!program.formats.empty()) {  // before anything is measured
    const auto known = loadgen::formats_in(program.formats);
    if (!known) return report_error(known.error());
  }
  const Experiment& experiment = earlier ? earlier->experiment : program.experiment;
  for (const auto& plan : plan_standups(experiment)) {
    if (experiment.cluster || plan.attached()) continue;
    if (const auto known = find_manifest(plan.stack); !known) return report_error(known.error());
  }
  const auto folder =
      make_results_folder(earlier ? program.resume : program.output, experiment.name);
  if (!folder) return report_error(folder.error());
  return run_with(experiment, earlier ? &*earlier : nullptr, *folder, program, stop);
}

}  // namespace hopcost::overhead
