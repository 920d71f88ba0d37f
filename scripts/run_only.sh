#!/usr/bin/env bash
# llm-d's run_only.sh on this machine and this engine: drives an endpoint that runs with the workloads of a config.yaml.
set -euo pipefail
. "$(dirname "${BASH_SOURCE[0]}")/lib.sh"
. "$(dirname "${BASH_SOURCE[0]}")/servers.sh"

usage() {
  cat <<'END'
usage: scripts/run_only.sh -c FILE [options]

Options:
  -c, --config FILE      config.yaml with endpoint, control, harness, env and workload
  --override KEY=VALUE   A value of every workload, such as data.shared_prefix.output_len=64 (repeatable)
  --time-scale X         Stages become so many times as long: 0.1 for a trial
  --bin DIR              Take the programs of that folder instead of building them (release)
  --no-install           Install nothing
  -h, --help

Variables in the file ($NAME, ${NAME}) are filled in from the environment. Each workload leaves a folder
HARNESS_EPOCH_WORKLOAD_STACK in control.work_dir (without it in a new temporary folder): lifecycle metrics, a benchmark
report a stage, the workload, pictures in analysis/, stdout.log, stderr.log. docs/workflows.md has the keys.
Exit: 0 sent, 2 the figures of a workload do not count, 64 usage, 69 the endpoint or the harness failed, 130 stopped.
END
}

main() {
  local arguments=() config='' binaries='' install=true
  while (($# > 0)); do
    case $1 in
      -h | --help) usage && exit 0 ;;
      --no-install) install=false ;;
      -*)
        if (($# < 2)); then usage_error "$1 needs a value"; fi
        case $1 in
          -c | --config) config=$2 ;;
          --override | --time-scale) arguments+=("$1" "$2") ;;
          --bin) binaries=$(cd "$2" && pwd -P) || usage_error "--bin: no folder $2" ;;
          *) usage_error "unknown option $1" ;;
        esac
        shift
        ;;
      *) usage_error "unknown argument $1" ;;
    esac
    shift
  done
  if [[ -z $config ]]; then usage_error "-c FILE is missing: a config.yaml"; fi
  config=$(realpath "$config")
  cd "$HOPCOST_ROOT"
  build_programs
  exec "$binaries/overhead" run-only --config "$config" ${arguments[@]+"${arguments[@]}"}
}

main "$@"
