#!/usr/bin/env bash
# Where the CPU time of a server goes, as a flame graph: py-spy for Python, perf for everything else.
set -euo pipefail
. "$(dirname "${BASH_SOURCE[0]}")/lib.sh"
. "$(dirname "${BASH_SOURCE[0]}")/servers.sh"

usage() {
  cat <<'END_OF_USAGE'
usage: scripts/profile_running_server.sh --pid PID | --stack NAME [OPTION...]

With --pid what runs, and its children, while somebody else loads it. With --stack that stack is started with a mock
behind it, loaded, and profiled.

  --seconds N     (default 30)
  --output FILE   (default results/profile_YYYYMMDD_HHMMSS.svg)
  --workers N     of --stack (default 1)
  --users N       that load it (default 8)
  --streaming     they ask for streams
  --bin DIR       take the programs of that folder (default build/release/bin)

py-spy is installed into build/profile from pip's registry where it is missing; perf is Debian's linux-perf. Both need
the rights of the process's owner, or root's (perf also: sysctl kernel.perf_event_paranoid).
Exit: 0 done, 64 usage, 69 something is not there.
END_OF_USAGE
}

pid=
stack=
seconds=30
output=
workers=1
users=8
stream=()
binaries=$HOPCOST_ROOT/build/release/bin
scratch=
generator=

parse_options() {
  while (($# > 0)); do
    case $1 in
      -h | --help) usage && exit 0 ;;
      --streaming) stream=(--stream) ;;
      --pid | --stack | --seconds | --output | --workers | --users | --bin)
        if (($# < 2)); then usage_error "$1 needs a value"; fi
        case $1 in
          --pid) pid=$2 ;;
          --stack) stack=$2 ;;
          --seconds) seconds=$2 ;;
          --output) output=$2 ;;
          --workers) workers=$2 ;;
          --users) users=$2 ;;
          --bin) binaries=$2 ;;
        esac
        shift
        ;;
      *) usage_error "unknown option $1" ;;
    esac
    shift
  done
  if [[ -n $pid && -n $stack || -z $pid$stack ]]; then usage_error "one of --pid PID and --stack NAME"; fi
  if ! [[ ${pid:-1}$seconds$workers$users =~ ^[0-9]+$ ]]; then usage_error "numbers, please"; fi
  if [[ -n $pid ]] && ! kill -0 "$pid" 2>/dev/null; then die 69 "there is no process $pid, or it is not ours to look at"; fi
}

# The process and everything below it, one a line.
family() {
  local child
  echo "$1"
  for child in $(pgrep -P "$1"); do family "$child"; done
}

# The stack's own process: below the supervisors that `overhead stacks` has started, and not its backend.
root_of_stack() {
  local one
  for one in $(family "$servers"); do
    case $(cat "/proc/$one/comm" 2>/dev/null) in
      overhead | hopcost_superv* | mockserver | '') ;;
      *) echo "$one" && return ;;
    esac
  done
}

is_python() {
  [[ $(basename "$(readlink "/proc/$1/exe" 2>/dev/null)") == python* ]]
}

readonly py_spy=build/profile/bin/py-spy

# What the profile is made with, before there is any load.
find_tool() {
  if ! is_python "$pid"; then
    have perf || die 69 "there is no perf: apt-get install linux-perf"
  elif ! [[ -x $py_spy ]]; then
    run_logged build/profile.log python3 -m venv build/profile
    run_logged build/profile.log build/profile/bin/pip install --no-input --disable-pip-version-check py-spy==0.4.3
  fi
}

by_py_spy() {
  "$py_spy" record --pid "$pid" --subprocesses --duration "$seconds" --format flamegraph --output "$output" \
    --nonblocking >"$scratch/py-spy.log" 2>&1 || { cat "$scratch/py-spy.log" >&2 && return 1; }
}

by_perf() {
  local all
  all=$(family "$pid" | paste -sd, -)
  perf record --quiet --freq 199 --call-graph fp --output "$scratch/perf.data" --pid "$all" -- sleep "$seconds" \
    >"$scratch/perf.log" 2>&1 || { cat "$scratch/perf.log" >&2 && return 1; }
  perf script --input "$scratch/perf.data" 2>/dev/null | scripts/flamegraph.py >"$scratch/profile.svg"
  mv "$scratch/profile.svg" "$output"
}

clean_up() {
  if [[ -n $generator ]]; then kill "$generator" 2>/dev/null || true; fi
  stop_servers
  if [[ -n $scratch ]]; then rm -rf "$scratch"; fi
}

main() {
  parse_options "$@"
  cd "$HOPCOST_ROOT"
  output=${output:-results/profile_$(date +%Y%m%d_%H%M%S).svg}
  mkdir -p "$(dirname "$output")"
  export HOPCOST_STACKS_DIR=${HOPCOST_STACKS_DIR:-$HOPCOST_ROOT/build/stacks}
  trap clean_up EXIT
  trap 'complain "stopped; no profile was written" && exit 130' INT
  trap 'exit 143' TERM
  scratch=$(mktemp -d)
  if [[ -n $stack ]]; then
    start_servers "$binaries" --start "$stack" --workers "$workers" --output "$scratch/logs"
    pid=$(root_of_stack)
    if [[ -z $pid ]]; then die 69 "the process of $stack was not found"; fi
  fi
  find_tool
  if [[ -n $stack ]]; then
    "$binaries/loadgen" "${stack_urls[0]}" "${client_options[@]}" "${stream[@]}" --users "$users" --quiet \
      --run-time "$((seconds + 5))" >/dev/null 2>&1 &
    generator=$!
  fi
  say "process $pid ($(cat "/proc/$pid/comm")), $seconds s"
  if is_python "$pid"; then by_py_spy; else by_perf; fi
  say "flame graph: $output"
}

main "$@"
