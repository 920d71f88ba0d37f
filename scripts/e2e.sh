#!/usr/bin/env bash
# Stand a stack up, drive it, tear it down: once, or for every treatment of an experiment by design.
set -euo pipefail
. "$(dirname "${BASH_SOURCE[0]}")/lib.sh"
. "$(dirname "${BASH_SOURCE[0]}")/servers.sh"
. "$(dirname "${BASH_SOURCE[0]}")/standing.sh"

usage() {
  cat <<'END'
usage: scripts/e2e.sh [options]

Options:
  -e, --experiments FILE   An experiment by design, such as configs/designs/replicas_and_answers.yaml: a stack is stood
                           up once for each treatment of its setup, and driven with each treatment of its run
  -c, --scenario, -t, --methods, --on, -n, --namespace, --kubectl, --overlay, --images
                                                       as of scripts/standup.sh
  -l, --harness, -w, --workload, -p, --parallelism, --wait-timeout, -o, --work-dir, --override, --time-scale, --cpus
                                                       as of scripts/run.sh
  --state FILE             (default: results/standup.state)
  --bin DIR                Take the programs of that folder instead of building them (release)
  --no-install             Install nothing
  -h, --help

What stands is torn down whatever happens; after a crash scripts/teardown.sh does it.
Exit: 0 all sent, 2 the figures of a workload do not count, else that of the script that failed.
END
}

experiments=
binaries=
install=true
work_dir=
state=$default_state
standup_options=()
run_options=()
method=()

parse_options() {
  while (($# > 0)); do
    case $1 in
      -h | --help) usage && exit 0 ;;
      --no-install) install=false ;;
      -*)
        if (($# < 2)); then usage_error "$1 needs a value"; fi
        case $1 in
          -e | --experiments) experiments=$(realpath "$2") ;;
          -c | --scenario | --on | -n | --namespace | --kubectl | --overlay | --images) standup_options+=("$1" "$2") ;;
          -t | --methods) method=("$1" "$2") ;;
          -l | --harness | -w | --workload | -p | --parallelism | --wait-timeout | --override | --time-scale | --cpus)
            run_options+=("$1" "$2")
            ;;
          -o | --work-dir) work_dir=$2 ;;
          --state) state=$(realpath --canonicalize-missing "$2") ;;
          --bin) binaries=$(cd "$2" && pwd -P) || usage_error "--bin: no folder $2" ;;
          *) usage_error "unknown option $1" ;;
        esac
        shift
        ;;
      *) usage_error "unknown argument $1" ;;
    esac
    shift
  done
}

tear_down() { scripts/teardown.sh --state "$state"; }

# do_setup [NAME=VALUE...]
do_setup() {
  local setting settings=()
  for setting in "$@"; do settings+=(--set "$setting"); done
  if [[ -e $state ]]; then tear_down; fi
  setup=$((setup + 1))
  run=0
  say "setup $setup: ${*:-as the environment says}"
  scripts/standup.sh --bin "$binaries" --state "$state" ${standup_options[@]+"${standup_options[@]}"} \
    ${method[@]+"${method[@]}"} ${settings[@]+"${settings[@]}"}
}

# do_run [KEY=VALUE...]
do_run() {
  local change changes=() code=0
  for change in "$@"; do changes+=(--override "$change"); done
  run=$((run + 1))
  say "run $setup.$run: ${*:-as the workload says}"
  scripts/run.sh --bin "$binaries" --state "$state" --work-dir "$work_dir/setup-$setup-run-$run" \
    ${method[@]+"${method[@]}"} ${run_options[@]+"${run_options[@]}"} ${changes[@]+"${changes[@]}"} || code=$?
  if ((code == 2)); then status=2; elif ((code != 0)); then exit "$code"; fi
}

main() {
  local setup=0 run=0 status=0 plan line what values
  parse_options "$@"
  cd "$HOPCOST_ROOT"
  build_programs
  plan=$'setup\nrun'
  if [[ -n $experiments ]]; then plan=$("$binaries/overhead" design "$experiments"); fi
  work_dir=$(realpath --canonicalize-missing "${work_dir:-results/e2e-$(date +%Y%m%d-%H%M%S)}")
  mkdir -p "$work_dir"
  printf '%s\n' "$plan" >"$work_dir/plan.txt"
  if [[ -e $state ]] && stands "$state"; then die 75 "something stands already: scripts/teardown.sh --state $state"; fi
  trap tear_down EXIT
  trap 'complain "stopped; what was saved is in $work_dir" && exit 130' INT
  trap 'exit 143' TERM
  # From another descriptor, so that nothing that is started reads the plan.
  while IFS= read -r line <&3; do
    IFS=$'\t' read -r -a values <<<"$line"
    what=${values[0]}
    case $what in
      setup) do_setup "${values[@]:1}" ;;
      run) do_run "${values[@]:1}" ;;
    esac
  done 3<<<"$plan"
  tear_down
  trap - EXIT
  say "ℹ️   The current work dir is $work_dir"
  say "$setup setups, all sent"
  exit "$status"
}

main "$@"
