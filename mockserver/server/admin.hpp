#pragma once

#include <functional>
#include <memory>
#include <string>
#include <vector>

#include "common/asio.hpp"
#include "mockserver/http/plain_reply.hpp"
#include "mockserver/http/route.hpp"
#include "mockserver/scenario.hpp"

namespace hopcost::mockserver {

class Worker;

/// A request that concerns all workers: stats, metrics, reset, scenario.
struct AdminCall {
  Endpoint endpoint = Endpoint::stats;
  bool change = false;  ///< PUT rather than GET
  std::string body;
};

/// Answers calls that concern all workers, by asking each on its own thread: nothing on the hot
/// path is locked. Calls are taken one by one on the control thread, which also holds the scenario
/// that is in force.
class Admin {
 public:
  /// Called once for each call, on any thread.
  using Answer = std::function<void(PlainReply)>;

  /// `control` runs the calls; `workers` may be filled later, before the first call.
  Admin(asio::io_context& control, const std::vector<std::unique_ptr<Worker>>& workers,
        Scenario scenario);

  /// From any thread.
  void handle(AdminCall call, Answer answer);

 private:
  void run(const AdminCall& call, const Answer& answer);
  void report(Endpoint endpoint, const Answer& answer);
  void change_scenario(const std::string& body, const Answer& answer);
  /// Runs `work` with each worker on its thread, then `done` on the thread that was last.
  void on_every_worker(const std::function<void(Worker&, std::size_t)>& work,
                       std::function<void()> done);

  asio::io_context& control_;
  const std::vector<std::unique_ptr<Worker>>& workers_;
  std::shared_ptr<const Scenario> scenario_;
};

}  // namespace hopcost::mockserver
