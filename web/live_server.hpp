#pragma once

#include <functional>
#include <memory>
#include <string>

#include <nlohmann/json_fwd.hpp>

#include "common/endpoint.hpp"
#include "common/error.hpp"

namespace hopcost::web {

/// Where a live page gets what it shows. Both are called on the server's thread.
struct LiveSource {
  /// Something short that changes when there is more to show; cheap: it is asked for every few
  /// seconds by everyone who looks.
  std::function<std::string()> stamp;
  /// What is to be shown now, as page() takes it. An Error where there is nothing yet.
  std::function<Result<nlohmann::json>()> data;
};

/// Serves the page of a run that goes on, read-only, on a thread of its own, until this object is
/// gone: GET / is the page with what there is now, GET /stamp says whether there is more. Anything
/// else is refused, and so is a request that was made for another host than this one (a page of a
/// stranger's cannot read it through a name that it points here).
class LiveServer {
 public:
  /// An Error where the address cannot be listened on. In a build without the page there is nothing
  /// to look at: ask has_page() first.
  [[nodiscard]] static Result<LiveServer> start(const HostPort& address, LiveSource source);
  LiveServer(LiveServer&&) noexcept;
  LiveServer& operator=(LiveServer&&) noexcept;
  ~LiveServer();

  [[nodiscard]] std::string url() const;  ///< "http://127.0.0.1:41234/"

 private:
  struct Running;
  explicit LiveServer(std::unique_ptr<Running> running);
  std::unique_ptr<Running> running_;
};

}  // namespace hopcost::web
