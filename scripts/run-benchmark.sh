#!/usr/bin/env bash
# Llama Stack's vertical scaling benchmark, on this engine: the same options, ports and files.
set -euo pipefail
. "$(dirname "${BASH_SOURCE[0]}")/lib.sh"
. "$(dirname "${BASH_SOURCE[0]}")/servers.sh"

usage() {
  cat <<'END_OF_USAGE'
usage: scripts/run-benchmark.sh [--workers N] [--users N] [--spawn-rate N] [--run-time S] [--stack NAME] [...]

Starts a mock OpenAI server and a stack in front of it, loads both, and says what the stack adds and how it scales
with workers. Baseline and stack are measured in interleaved rounds, over five starts of the stack, so that a drift
of the machine is not taken for a cost; --sequential does it the old way, one pass of each, which gives no verdict.

Server options:
  --workers N[,N]   workers of the stack (default 1); a list is a sweep, with a diagnosis
  --mock-port N     port of the mock server (default 8080)
  --stack-port N    port of the stack (default 8321)
  --stack NAME      the stack (default ogx; 'overhead stacks' lists them)
Load options:
  --users N         users, each with one request under way (default 1)
  --spawn-rate N    users that begin in a second (default: all at once); every pass counts from when all are there
  --run-time S      seconds of load for each arm and number of workers (default 60)
  --sequential      one pass of the baseline, then one of the stack
Other options:
  --output DIR      results (default results)
  --bin DIR         take the programs of that folder instead of building them (release)
  --no-install      install nothing
  -h, --help

In the results folder: baseline.html, baseline_stats.csv, baseline_stats_history.csv, baseline_failures.csv, the same
for stack, stack.log; and, unless --sequential, report.html with the figures that count, summary.md, cells.csv and
run.json. In a sweep the .csv files lie in cells/, one folder a cell and arm.

Exit: 0 measured, 2 no verdict, 64 usage, 69 the stack is not installed or did not come up.
END_OF_USAGE
}

workers=1
mock_port=8080
stack_port=8321
users=1
spawn_rate=
run_time=60
stack=ogx
sequential=false
output=results
binaries=
install=true
verdict=0

number() { # number OPTION VALUE
  if ! [[ $2 =~ ^[1-9][0-9]*$ ]]; then usage_error "$1: a number above 0, not '$2'"; fi
}

parse_options() {
  while (($# > 0)); do
    case $1 in
      --workers | --mock-port | --stack-port | --stack | --users | --spawn-rate | --run-time | --output | --bin)
        if (($# < 2)); then usage_error "$1 needs a value"; fi
        case $1 in
          --workers) workers=$2 ;;
          --mock-port) mock_port=$2 ;;
          --stack-port) stack_port=$2 ;;
          --stack) stack=$2 ;;
          --users) users=$2 ;;
          --spawn-rate) spawn_rate=$2 ;;
          --run-time) run_time=$2 ;;
          --output) output=$2 ;;
          --bin) binaries=$(cd "$2" && pwd -P) || usage_error "--bin: no folder $2" ;;
        esac
        shift
        ;;
      --sequential) sequential=true ;;
      --no-install) install=false ;;
      -h | --help) usage && exit 0 ;;
      *) usage_error "unknown option $1" ;;
    esac
    shift
  done
  if ! [[ $workers =~ ^[1-9][0-9]*(,[1-9][0-9]*)*$ ]]; then usage_error "--workers: numbers, such as 1 or 1,2,4"; fi
  number --users "$users"
  number --run-time "$run_time"
  number --mock-port "$mock_port"
  number --stack-port "$stack_port"
  if [[ -n $spawn_rate ]]; then
    number --spawn-rate "$spawn_rate"
  fi
  if $sequential && [[ $workers == *,* ]]; then usage_error "--sequential measures one number of workers"; fi
}

# locust_files FROM ARM: loadgen's Locust form under the old names.
locust_files() {
  cp "$1/locust/loadgen_stats.csv" "$output/$2_stats.csv"
  cp "$1/locust/loadgen_stats_history.csv" "$output/$2_stats_history.csv"
  cp "$1/locust/loadgen_failures.csv" "$output/$2_failures.csv"
}

# Five starts of the stack, two rounds in each: a pass is a tenth of the time that an arm has.
interleaved() {
  local cell log
  "$binaries/overhead" run --stack "$stack" --workers "$workers" --concurrency "$users" --streaming off \
    ${spawn_rate:+--spawn-rate "$spawn_rate"} --ceilings on --restarts 5 --rounds 2 \
    --min-pass "$((run_time * 100))ms" --backend-port "$mock_port" --stack-port "$stack_port" \
    --format locust --output "$output" || verdict=$?
  if ((verdict != 0 && verdict != 2)); then exit "$verdict"; fi
  "$binaries/overhead" report --per-arm "$output" >/dev/null
  log=$(find "$output/logs" -name '*.log' ! -name 'backend*' | sort | head -n 1)
  if [[ -n $log ]]; then cp "$log" "$output/stack.log"; fi
  if [[ $workers == *,* ]]; then
    say "a sweep: the .csv files of each cell and arm are in $output/cells"
  else
    cell=$(find "$output/cells" -mindepth 1 -maxdepth 1 -name "*-c$users-unary" | head -n 1)
    locust_files "$cell/baseline" baseline
    locust_files "$cell/stack" stack
  fi
}

# one_pass ARM URL [LOADGEN OPTION...]
one_pass() {
  local arm=$1 url=$2 ramp=() status=0
  shift 2
  # It warms up until all are there.
  if [[ -n $spawn_rate ]]; then ramp=(--spawn-rate "$spawn_rate" --warmup "$((users * 1000 / spawn_rate + 500))ms"); fi
  say "$arm: $users users, $run_time s"
  "$binaries/loadgen" "$url" --concurrency "$users" --duration "${run_time}s" ${ramp[@]+"${ramp[@]}"} --html \
    --format locust --output "$output/$arm" "$@" || status=$?
  if ((status == 2)); then verdict=2; elif ((status != 0)); then exit "$status"; fi
  mv "$output/$arm/report.html" "$output/$arm.html"
  locust_files "$output/$arm" "$arm"
}

sequential() {
  mkdir -p "$output/logs"
  start_servers "$binaries" --start "$stack" --workers "$workers" --backend-port "$mock_port" \
    --stack-port "$stack_port" --output "$output/logs"
  one_pass baseline "${backend_urls[0]}"
  one_pass stack "${stack_urls[0]}" "${client_options[@]}"
  stop_servers
  cp "$(find "$output/logs" -name '*.log' ! -name 'backend*' | sort | head -n 1)" "$output/stack.log"
  say "one pass of each: no verdict on what the stack adds (leave --sequential out for one)"
}

main() {
  parse_options "$@"
  cd "$HOPCOST_ROOT"
  build_programs
  export HOPCOST_STACKS_DIR=${HOPCOST_STACKS_DIR:-$HOPCOST_ROOT/build/stacks}
  trap stop_servers EXIT
  trap 'complain "stopped; what was saved is in $output" && exit 130' INT
  trap 'exit 143' TERM
  if $sequential; then sequential; else interleaved; fi
  say "results: $output"
  exit "$verdict"
}

main "$@"
