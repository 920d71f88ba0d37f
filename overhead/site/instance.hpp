#pragma once

#include <filesystem>
#include <string>
#include <utility>
#include <vector>

#include "common/endpoint.hpp"
#include "overhead/site/manifest.hpp"
#include "overhead/site/ready.hpp"
#include "overhead/site/supervised.hpp"

namespace hopcost::overhead {

/// What the placeholders of one instance stand for.
struct InstanceSpec {
  int index = 0;  ///< of the instances of its stand-up
  int workers = 1;
  std::uint16_t port = 0;
  std::uint16_t admin_port = 0;
  std::vector<ApiBase> backends{};  ///< of the stand-up
  std::string key{};
  std::filesystem::path dir{};  ///< is there
};

/// One instance of a stack, ready to be started.
struct Instance {
  Command prepare;   ///< to run to its end before; no arguments: nothing to do
  Command command;   ///< without CPUs and log, as the other
  ReadyCheck check;  ///< with the stack's API, model and headers
};

/// Fills in a manifest's texts and writes its files into `spec.dir`. An Error names the manifest.
[[nodiscard]] Result<Instance> fill_in(const StackManifest& manifest, const InstanceSpec& spec);

/// 32 hexadecimal digits that nobody can guess.
[[nodiscard]] std::string draw_key();

}  // namespace hopcost::overhead
