#!/usr/bin/env bash
# Do mockserver and loadgen meet their bars beside nginx, a bare timer server and wrk? Ratios from one run.
set -euo pipefail
. "$(dirname "${BASH_SOURCE[0]}")/lib.sh"

usage() {
  cat <<'END'
usage: scripts/bench.sh mock|loadgen|peers|all [OPTION...]

Runs named experiments on this machine, client and server pinned to different CPUs, the programs that
are compared interleaved in rounds. Every figure is a geometric mean over the rounds with its 95 %
interval (Student's t), or a plain count; beside it stand its bar and whether it holds: the whole
interval is within the bar, does not hold: the whole interval is outside, cannot tell: neither.

  mock      unary, unary-3.4k      requests per CPU-second beside nginx `return 200`
            stream-unpaced         events per CPU-second, one event a write
            stream-joined          joined events beside nginx serving the same text as a file
            paced-lateness         the server's own lateness, 1 000 streams at 20 ms
            paced-gaps-1, -50, -500
                                   gap errors beside a bare one-thread timerfd server
            paced-drift            drift over 200 chunks
            paced-rate             mean gap of 4 000 streams at 20 ms
            memory-idle            10 000 idle connections
            memory-soak            a million requests
            memory-broken          10 000 streams reset by their client
            backlog                500 connections at once in a network namespace (root, or user
                                   namespaces allowed)
  loadgen   loadgen-unary          requests per CPU-second of the client, over wrk's
            loadgen-stream         CPU per streamed event beside wrk's; chunks per CPU-second
            loadgen-lateness       lateness of an open loop at half of the ceiling
            loadgen-crowd          2 000 streams at 20 ms, 10 000 at 200 ms, no chunk missed
  peers     peers-locust-unary     CPU per request beside Locust (scripts/consumers.sh locust installs it)
            peers-locust-stream    the same per streamed event
            peers-guidellm-unary, peers-guidellm-stream  the same beside GuideLLM, which costs
                                   gigabytes (scripts/consumers.sh guidellm) and half a minute a run
  all       mock and loadgen

Options:
  --only NAME     this experiment only (repeatable)
  --rounds N      rounds of each experiment, at least 10 (default 12)
  --seconds S     length of one program's share of a round (default 2)
  --quick         a smoke run: 3 rounds of 1 s, smaller soaks. Its figures count for nothing
  --output [DIR]  also write bench.json (default folder: results/bench-<UTC time>)
  --bin DIR       measure mockserver and loadgen of that folder instead of building them
  --no-install    install nothing (wrk, nginx, python3)
  -h, --help

Needs two CPUs that are otherwise idle; what others used is printed under each experiment. `mock`
takes about 20 minutes with the defaults.
Exit: 0 every bar holds, 1 one does not, 2 one cannot be told, 64 usage.
END
}

install=true
binaries=
suite=
arguments=()

parse_options() {
  while (($# > 0)); do
    case $1 in
      -h | --help) usage && exit 0 ;;
      --no-install) install=false ;;
      --bin)
        if (($# < 2)); then usage_error "--bin needs a folder"; fi
        binaries=$(cd "$2" && pwd -P) || usage_error "--bin: no folder $2"
        shift
        ;;
      mock | loadgen | peers | all)
        # The value of an option may be such a word as well: --only loadgen.
        if [[ -z $suite ]]; then suite=$1; else arguments+=("$1"); fi
        ;;
      *) arguments+=("$1") ;;
    esac
    shift
  done
  if [[ -z $suite ]]; then usage_error "say what to measure: mock, loadgen, peers or all"; fi
}

main() {
  parse_options "$@"
  cd "$HOPCOST_ROOT"
  export PYTHONPATH=$HOPCOST_ROOT/scripts PYTHONDONTWRITEBYTECODE=1
  local targets=(gap_probe reply_floor send_floor spin_floor stream_drain timerfd_floor)
  # The tools it measures with are built with the tests.
  local groups=(build test nginx bench)
  if $install; then scripts/install-deps.sh "${groups[@]}"; fi
  # Refuse a wrong option before minutes of building.
  python3 -m bench "$suite" --check "${arguments[@]}"
  if [[ -z $binaries ]]; then
    targets+=(mockserver loadgen)
    binaries=$HOPCOST_ROOT/build/release/bin
  fi
  keep_ccache_in_build
  configure release -DHOPCOST_TESTS=ON
  run_logged build/release/bench.log cmake --build --preset release --parallel "$(build_jobs)" \
    --target "${targets[@]}"
  exec python3 -m bench "$suite" --bin "$binaries" --tools build/release/bin "${arguments[@]}"
}

main "$@"
