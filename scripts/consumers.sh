#!/usr/bin/env bash
# Checks loadgen's output formats against the programs that read them.
set -euo pipefail
. "$(dirname "${BASH_SOURCE[0]}")/lib.sh"

usage() {
  cat <<'END'
usage: scripts/consumers.sh [--bin DIR] [--heavy] [NAME...]

Starts a mockserver on a free port of 127.0.0.1, runs loadgen against it with two stages, failures
and every format, and gives the files to their readers (tests/consumers/): locust, inference_perf
(its validators, and its model of llm-d's benchmark report), junit, aiperf, k6 (k6-html-reporter),
guidellm; and run.json to jsonschema with docs/schema. Each reader is installed by pip or npm at a
pinned version into an environment of its own below build/consumers/, with Python 3.12 where that is
found, and kept there for the next run.

Options:
  --bin DIR   where mockserver and loadgen are (default: build/release/bin)
  --heavy     guidellm too: gigabytes to install
  NAME...     only these
  -h, --help

A reader that cannot be installed is skipped, with the reason. Logs: build/consumers/*.log. The last
line is `N passed, M failed, K skipped`.
Exit: 0 nothing failed, 1 something failed, 64 usage.
END
}

readonly suites=tests/consumers
readonly work=build/consumers
readonly install_limit=900s
readonly check_limit=300s

bin=build/release/bin
heavy=false
names=()
passed=0
failed=0
skipped=0
server=

parse_options() {
  while (($# > 0)); do
    case $1 in
      --bin)
        (($# > 1)) || usage_error "--bin needs a folder"
        bin=$2
        shift
        ;;
      --heavy) heavy=true ;;
      -h | --help) usage && exit 0 ;;
      -*) usage_error "unknown option $1" ;;
      *)
        [[ -f $suites/check_$1.py || -f $suites/check_$1.mjs ]] || usage_error "there is no consumer '$1'"
        names+=("$1")
        ;;
    esac
    shift
  done
  if ((${#names[@]} > 0)); then return; fi
  names=(locust inference_perf junit aiperf k6 schema)
  if $heavy; then names+=(guidellm); fi
}

# Makes the files once: two stages, one request in ten refused, every request kept.
make_files() {
  local formats
  rm -rf "$work/files"
  printf 'faults: [{fault: error, status: 503, probability: 0.1}]\n' >"$work/scenario.yaml"
  start_mock "$work/mockserver.log" "$bin/mockserver" --threads 1 --config "$work/scenario.yaml" --ttft 2ms \
    --itl 1ms || return 1
  formats=aiperf,bencher,csv,github,guidellm,hgrm,inference-perf,junit,k6,llm-d,locust,markdown,suite,vllm
  local status=0
  "$bin/loadgen" "$url" --stream --stages 50/s:2s,100/s:2s --output-tokens 8 --slo ttft=500ms \
    --fail-if 'errors>50%' --fail-if 'ttft.p50>1ns' --record 10000 --output "$work/files" --format "$formats" \
    >"$work/loadgen.log" 2>&1 || status=$?
  stop_server
  # 1: a threshold was crossed, which the JUnit file is to show.
  if ((status != 1)); then
    cat "$work/loadgen.log" >&2
    return 1
  fi
}

# What a reader is installed from: a list for pip, or a package.json with its lock for npm.
wanted_of() {
  if [[ -d $suites/$1 ]]; then cat "$suites/$1"/package*.json; else cat "$suites/$1.txt"; fi
}

# shellcheck disable=SC2317  # called through timed
install_reader() {
  local name=$1
  rm -rf "${work:?}/$name"
  if [[ -d $suites/$name ]]; then
    install_node_modules "$work/$name" "$suites/$name" || return
  else
    # Some of them need 3.12.
    run_logged "$work/$name-venv.log" "$(find_python venv 12 13 11 || echo python3)" -m venv "$work/$name" || return
    run_logged "$work/$name-pip.log" timeout "$install_limit" "$work/$name/bin/pip" install --no-input \
      --disable-pip-version-check --requirement "$suites/$name.txt" || return
  fi
  wanted_of "$name" >"$work/$name/installed"
}

run_check() {
  if [[ -d $suites/$1 ]]; then
    timeout "$check_limit" node "$suites/check_$1.mjs" "$work/$1" "$work/files"
  else
    timeout "$check_limit" "$work/$1/bin/python" "$suites/check_$1.py" "$work/files"
  fi
}

check() {
  local name=$1 log=$work/$1.log
  if ! wanted_of "$name" | cmp -s - "$work/$name/installed"; then
    if ! timed "install $name" install_reader "$name"; then
      say "$name: skipped: cannot be installed, see the logs in $work"
      skipped=$((skipped + 1))
      return
    fi
  fi
  if run_check "$name" >"$log" 2>&1; then
    say "$name: passed"
    passed=$((passed + 1))
  else
    say "$name: FAILED"
    tail -n 20 "$log" >&2
    failed=$((failed + 1))
  fi
}

main() {
  parse_options "$@"
  cd "$HOPCOST_ROOT"
  mkdir -p "$work"
  trap stop_server EXIT
  if make_files; then
    local name
    for name in "${names[@]}"; do check "$name"; done
  else
    complain "loadgen did not make its files"
    failed=$((failed + 1))
  fi
  say "$passed passed, $failed failed, $skipped skipped"
  ((failed == 0))
}

main "$@"
