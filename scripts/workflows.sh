#!/usr/bin/env bash
# Runs every workflow script to its end against a mock server, and reads back what it wrote.
set -euo pipefail
. "$(dirname "${BASH_SOURCE[0]}")/lib.sh"
. "$(dirname "${BASH_SOURCE[0]}")/../tests/workflows/endpoints_tests.sh"
. "$(dirname "${BASH_SOURCE[0]}")/../tests/workflows/stacks_tests.sh"
. "$(dirname "${BASH_SOURCE[0]}")/../tests/workflows/llm_d_tests.sh"
. "$(dirname "${BASH_SOURCE[0]}")/../tests/workflows/interrupted_tests.sh"

usage() {
  cat <<'END'
usage: scripts/workflows.sh [--bin DIR] [NAME...]

Each script of docs/workflows.md runs as a user would run it, with short times, against a mockserver on a free port of
127.0.0.1 (and nginx, where it names a stack). Then its files are read: JSON by jq, CSV by its header and its number of
requests; of pages it is seen that they are there (tests/web opens them). Results and logs: build/workflows/.

Options:
  --bin DIR   where the programs are (default: build/release/bin)
  NAME...     only these: quick_test ab_benchmark scenarios readiness compare_targets compare_models
              multi_model_retry run_benchmark run_benchmark_sweep run_guidellm_benchmark generate_charts
              prefix_cache_scaleout profile_running_server standup_run_teardown start_up_time e2e cross_check
              wrong_options e2e_interrupted standup_interrupted interrupted
  -h, --help

The last line is `N passed, M failed, K skipped`.
Exit: 0 nothing failed, 1 something failed, 64 usage.
END
}

readonly work=$HOPCOST_ROOT/build/workflows
readonly patience=300s # for one script

bin=$HOPCOST_ROOT/build/release/bin
names=()
passed=0
failed=0
skipped=0
server=
url=

parse_options() {
  while (($# > 0)); do
    case $1 in
      --bin)
        (($# > 1)) || usage_error "--bin needs a folder"
        bin=$(cd "$2" && pwd -P)
        shift
        ;;
      -h | --help) usage && exit 0 ;;
      -*) usage_error "unknown option $1" ;;
      *)
        declare -F "test_$1" >/dev/null || usage_error "there is no workflow '$1'"
        names+=("$1")
        ;;
    esac
    shift
  done
  if ((${#names[@]} > 0)); then return; fi
  names=(quick_test ab_benchmark scenarios readiness compare_targets compare_models multi_model_retry run_benchmark
    run_benchmark_sweep run_guidellm_benchmark generate_charts prefix_cache_scaleout profile_running_server
    standup_run_teardown start_up_time e2e cross_check wrong_options e2e_interrupted standup_interrupted interrupted)
}

# mock [OPTION...]: the server of a test, with these options or quick answers; sets url.
mock() {
  stop_server
  if (($# == 0)); then set -- --ttft 2ms --itl 200us; fi
  start_mock "$work/mockserver.log" "$bin/mockserver" --threads 1 "$@"
}

# run CODE COMMAND...: what it prints goes to $work/out; wrong where it ends with another code.
run() {
  local expected=$1 status=0
  shift
  timeout "$patience" "$@" >"$work/out" 2>&1 || status=$?
  if ((status != expected)); then
    say "'$*' ended with $status, not $expected:"
    cat "$work/out"
    return 1
  fi
}

says() { # says TEXT...: each is in what the last run printed
  local text
  for text in "$@"; do
    grep -Fq -- "$text" "$work/out" || { say "it does not say: $text" && cat "$work/out" && return 1; }
  done
}

holds() { # holds FILE JQ-FILTER
  jq -e "$2" "$1" >/dev/null || { say "$1: not true of it: $2" && return 1; }
}

has_text() { # has_text FILE TEXT
  grep -Fq -- "$2" "$1" || { say "$1 does not have: $2" && return 1; }
}

there() { # there FILE...: and not empty
  local file
  for file in "$@"; do [[ -s $file ]] || { say "$file is not there" && return 1; }; done
}

# read_by READER ARGUMENT...: by the program that such files are made for, where scripts/consumers.sh has installed it.
read_by() {
  local reader=$1 home
  home=$HOPCOST_ROOT/build/consumers/$reader
  shift
  if ! [[ -x $home/bin/python ]]; then
    say "not read by $reader: scripts/consumers.sh installs it"
    return
  fi
  timeout "$patience" "$home/bin/python" "$HOPCOST_ROOT/tests/consumers/check_$reader.py" "$@"
}

has_page() { [[ $(grep -c 'built without it' "$work/out") == 0 ]]; }

main() {
  heed_interrupts "$@"
  parse_options "$@"
  cd "$HOPCOST_ROOT"
  mkdir -p "$work"
  trap stop_server EXIT
  local name status began
  for name in "${names[@]}"; do
    began=$SECONDS
    # Not in a condition: there every command of it may fail.
    set +e
    (
      set -e
      trap stop_server EXIT
      "test_$name"
    ) >"$work/$name.log" 2>&1
    status=$?
    set -e
    case $status in
      0) passed=$((passed + 1)) && say "$name: passed, $((SECONDS - began)) s" ;;
      77) skipped=$((skipped + 1)) && say "$name: skipped: a program that it needs is not installed" ;;
      *)
        failed=$((failed + 1))
        say "$name: FAILED"
        tail -n 40 "$work/$name.log" >&2
        ;;
    esac
  done
  say "$passed passed, $failed failed, $skipped skipped"
  ((failed == 0))
}

main "$@"
