#include "overhead/cluster/kubectl.hpp"

#include <algorithm>
#include <fstream>
#include <iterator>
#include <string_view>

#include <fmt/format.h>
#include <nlohmann/json.hpp>

#include "overhead/site/scratch.hpp"
#include "overhead/site/supervised.hpp"

namespace hopcost::overhead {
namespace {

/// The last line with something on it, without what the client says of itself.
std::string last_line(const std::string& text) {
  std::string last;
  std::size_t at = 0;
  while (at < text.size()) {
    const auto end = std::min(text.find('\n', at), text.size());
    const auto line = text.substr(at, end - at);
    if (line.find_first_not_of(" \t\r") != std::string::npos && !line.starts_with("E0") &&
        !line.starts_with("E1") && !line.starts_with("command terminated")) {
      last = line;
    }
    at = end + 1;
  }
  return last;
}

bool has_any(const std::string& text, std::initializer_list<std::string_view> parts) {
  return std::ranges::any_of(
      parts, [&](std::string_view part) { return text.find(part) != std::string::npos; });
}

}  // namespace

std::string Kubectl::advice_for(const std::string& complaint) const {
  auto line = last_line(complaint);
  if (line.empty()) line = "it gave no reason";
  if (has_any(complaint, {"orbidden"})) {
    return fmt::format("not allowed: {} (what you may: {} auth can-i --list --namespace {})", line,
                       place_.kubectl, place_.name_space);
  }
  if (has_any(complaint, {"was refused", "Unable to connect", "i/o timeout", "no such host",
                          "ServiceUnavailable", "connection refused", "no route to host",
                          "has been provided", "TLS handshake timeout"})) {
    return fmt::format(
        "the cluster of the current context does not answer: {} (look at: {} cluster-info)", line,
        place_.kubectl);
  }
  if (has_any(complaint, {"command not found", "not found\n", "No such file"}) &&
      !has_any(complaint, {"(NotFound)", "Error from server"})) {
    return fmt::format("{} cannot be run: {}", place_.kubectl, line);
  }
  return line;
}

Result<Kubectl::Ended> Kubectl::run(std::vector<std::string> arguments, Nanos limit,
                                    const std::stop_token& stop) const {
  const auto scratch = ScratchFolder::make();
  if (!scratch) return std::unexpected(scratch.error());
  const auto& folder = scratch->path();
  Command command;
  command.log = folder / "out";
  // What it prints and what it complains of are told apart by a shell.
  command.arguments = {
      "sh",           "-c",          "exec \"$@\" 2>\"$0\"", (folder / "complaint").string(),
      place_.kubectl, "--namespace", place_.name_space};
  std::ranges::move(arguments, std::back_inserter(command.arguments));
  command.stop_signal = SIGINT;
  auto done = run_to_end(std::move(command), limit, stop);
  if (!done) return std::unexpected(done.error());
  std::ifstream complaint(folder / "complaint", std::ios::binary);
  return Ended{done->code,
               std::move(done->output),
               {std::istreambuf_iterator<char>(complaint), std::istreambuf_iterator<char>()}};
}

Result<std::string> Kubectl::ask(std::vector<std::string> arguments, Nanos limit) const {
  const auto what = fmt::format("{} {}", place_.kubectl, arguments.front());
  auto ended = run(std::move(arguments), limit);
  if (!ended) return std::unexpected(ended.error());
  if (!ended->code) {
    return fail(ErrorCode::unreachable,
                fmt::format("the cluster does not answer within {} s", in_seconds(limit)), what);
  }
  if (*ended->code != 0) {
    return fail(ErrorCode::unreachable, advice_for(ended->complaint), what);
  }
  return std::move(ended->printed);
}

Result<nlohmann::json> Kubectl::get(std::vector<std::string> arguments) const {
  arguments.insert(arguments.begin(), "get");
  arguments.insert(arguments.end(), {"--output", "json"});
  const auto printed = ask(std::move(arguments));
  if (!printed) return std::unexpected(printed.error());
  auto json = nlohmann::json::parse(*printed, nullptr, false);
  if (!json.is_object()) {
    return fail(ErrorCode::protocol, "it printed no JSON", place_.kubectl + " get");
  }
  return json;
}

Result<Kubectl::Ended> Kubectl::exec(const std::string& pod, const std::string& container,
                                     const std::vector<std::string>& command, Nanos limit,
                                     const std::stop_token& stop) const {
  std::vector<std::string> arguments{"exec", pod, "--container", container, "--"};
  arguments.insert(arguments.end(), command.begin(), command.end());
  return run(std::move(arguments), limit, stop);
}

}  // namespace hopcost::overhead
