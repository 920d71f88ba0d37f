#include "overhead/harness/outcome.hpp"

#include <array>
#include <fstream>
#include <iterator>
#include <sstream>

#include <fmt/format.h>
#include <nlohmann/json.hpp>

#include "loadgen/merge/decode.hpp"
#include "overhead/harness/tool_forms.hpp"

namespace hopcost::overhead {
namespace {

using Json = nlohmann::json;

constexpr std::array<std::pair<std::string_view, OutcomeForm>, 6> kForms{
    {{"aiperf", OutcomeForm::aiperf},
     {"guidellm", OutcomeForm::guidellm},
     {"hopcost", OutcomeForm::hopcost},
     {"inference-perf", OutcomeForm::inference_perf},
     {"lines", OutcomeForm::lines},
     {"vllm", OutcomeForm::vllm}}};

template <class Read>
Result<loadgen::RunResult> of_lines(const std::string& text, const std::string& name, Read read) {
  Gathered all;
  std::istringstream in(text);
  std::string line;
  for (int at = 1; std::getline(in, line); ++at) {
    if (line.empty()) continue;
    const auto json = Json::parse(line, nullptr, false);
    if (json.is_discarded()) {
      return fail(ErrorCode::protocol, "is not JSON", fmt::format("{}:{}", name, at));
    }
    read(json, all);
  }
  return all.result(name);
}

template <class Read>
Result<loadgen::RunResult> of_document(const std::string& text, const std::string& name,
                                       Read read) {
  const auto json = Json::parse(text, nullptr, false);
  if (json.is_discarded()) return fail(ErrorCode::protocol, "is not JSON", name);
  Gathered all;
  read(json, all);
  return all.result(name);
}

}  // namespace

Result<OutcomeForm> outcome_form(std::string_view name) {
  std::string names;
  for (const auto& [known, form] : kForms) {
    if (known == name) return form;
    names += fmt::format("{}{}", names.empty() ? "" : ", ", known);
  }
  return fail(ErrorCode::usage, fmt::format("must be one of {}", names));
}

Result<loadgen::RunResult> outcome_from_text(OutcomeForm form, const std::string& text,
                                             const std::string& name) {
  switch (form) {
    case OutcomeForm::inference_perf:
      return of_document(text, name, read_inference_perf);
    case OutcomeForm::guidellm:
      return of_document(text, name, read_guidellm);
    case OutcomeForm::vllm:
      return of_document(text, name, read_vllm);
    case OutcomeForm::aiperf:
      return of_lines(text, name, read_aiperf_line);
    case OutcomeForm::lines:
    case OutcomeForm::hopcost:
      break;
  }
  return of_lines(text, name, read_line);
}

Result<loadgen::RunResult> read_outcome(OutcomeForm form, const std::filesystem::path& file) {
  if (form == OutcomeForm::hopcost) {
    auto record = loadgen::read_record(file.string());
    if (!record) return std::unexpected(record.error());
    return std::move(record->result);
  }
  std::ifstream in(file, std::ios::binary);
  if (!in) return fail(ErrorCode::protocol, "is not there", file.string());
  const std::string text{std::istreambuf_iterator<char>(in), std::istreambuf_iterator<char>()};
  return outcome_from_text(form, text, file.string());
}

}  // namespace hopcost::overhead
