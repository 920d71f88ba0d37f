#include "common/stop_signal.hpp"
#include "overhead/command/commands.hpp"
#include "overhead/command/options.hpp"

int main(int argc, char** argv) {
  using namespace hopcost::overhead;
  Program program;
  if (const auto code = parse_options(argc, argv, program)) return *code;
  const hopcost::StopOnSignal signals;
  switch (program.subcommand) {
    case Subcommand::run:
      return run_command(program, signals.token());
    case Subcommand::stacks:
      return stacks_command(program, signals.token());
    case Subcommand::gate:
      return gate_command(program);
    case Subcommand::compare:
      return compare_command(program, signals.token());
    case Subcommand::doctor:
      return doctor_command(signals.token());
    case Subcommand::micro:
      return micro_command(program);
    case Subcommand::report:
      return report_command(program);
    case Subcommand::reproduce:
      return reproduce_command(program, signals.token());
    case Subcommand::run_only:
      return run_only_command(program, signals.token());
    case Subcommand::harnesses:
      return harnesses_command(program);
    case Subcommand::cluster:
      return cluster_command(program, signals.token());
    case Subcommand::meter:
      return meter_command(program);
    case Subcommand::design:
      return design_command(program);
    case Subcommand::calibrate:
      return calibrate_command(program, signals.token());
  }
  return 64;
}
