#!/usr/bin/env bash
# Runs every workflow script to its end against a mock server, and reads back what it wrote.
set -euo pipefail
. "$(dirname "${BASH_SOURCE[0]}")/lib.sh"

usage() {
  cat <<'END'
usage: scripts/workflows.sh [--bin DIR] [NAME...]

Each script of docs/workflows.md runs as a user would run it, with short times, against a mockserver on a free port of
127.0.0.1 (and nginx, where it names a stack). Then its files are read: JSON by jq, CSV by its header, pages by what
they hold. Results and logs: build/workflows/.

Options:
  --bin DIR   where the programs are (default: build/release/bin)
  NAME...     only these: quick_test ab_benchmark compare_targets compare_models multi_model_retry run_benchmark
              run_guidellm_benchmark prefix_cache_scaleout profile_running_server
              scenarios standup_run_teardown e2e cross_check e2e_interrupted interrupted
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
  names=(quick_test ab_benchmark scenarios compare_targets compare_models multi_model_retry run_benchmark
    run_guidellm_benchmark prefix_cache_scaleout profile_running_server standup_run_teardown e2e cross_check
    e2e_interrupted interrupted)
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

has_page() { [[ $(grep -c 'built without it' "$work/out") == 0 ]]; }

test_quick_test() {
  mock
  run 0 scripts/quick_test.sh "$url" mock-model
  says "health: 200" "models: mock-model is one of" "completion: 200" "validation: text"
  run 0 scripts/quick_test.sh "$url/v1"
  run 1 scripts/quick_test.sh "$url" no-such-model
  says "models: no-such-model is none of: mock-model"
  stop_server
  run 69 scripts/quick_test.sh "$url"
  says "nobody answers"
  run 64 scripts/quick_test.sh --no-such-option
}

test_ab_benchmark() {
  mock
  run 0 scripts/ab_benchmark.sh --bin "$bin" "$url" 200 4
  says "e2e" "requests"
  if have ab; then says "Complete requests:      200" "Failed requests:        0"; fi
}

test_scenarios() {
  local scenario scale
  mock
  for scenario in quick_validation latency_benchmark throughput_benchmark load_test stress_test; do
    # Two hundred users of a quick mock keep one generator thread busy: these answer as slowly as models do.
    if [[ $scenario == load_test ]]; then mock --ttft 5ms --itl 5ms; fi
    rm -f "$work/$scenario.json" "$work/$scenario.html"
    scale=0.005
    if [[ $scenario == throughput_benchmark ]]; then scale=0.2; fi # long enough for all its requests
    # A trial has no time to show percentiles; what it shows is that the scenario runs to its end.
    MOCK_URL=$url run 0 "$bin/loadgen" --target mock --scenario "$scenario" --time-scale "$scale" --quiet --html \
      --output "$work/$scenario.json"
    there "$work/$scenario.json"
    holds "$work/$scenario.json" ".target == \"mock\" and .scenario == \"$scenario\" and .base_url == \"$url\" and
      .model == \"mock-model\" and .results.success_rate == 100 and .results.total_requests > 0 and
      .results.ttft_ms.p95 >= .results.ttft_ms.p50 and .results.latency_s.p50 > 0 and
      .results.throughput.requests_per_sec > 0 and (.results.mlperf_compliant | type) == \"boolean\""
    if has_page; then there "$work/$scenario.html"; fi
  done
  holds "$work/quick_validation.json" '.results.total_requests == 10'
  holds "$work/latency_benchmark.json" '.results.total_requests == 100'
  holds "$work/throughput_benchmark.json" '.results.total_requests == 500'
}

test_compare_targets() {
  local slow=$work/targets.yaml out=$work/comparison first second
  mock --ttft 20ms
  second=$server
  printf 'near: {base_url: "%s", model: mock-model}\n' "$url" >"$slow"
  server=
  mock
  first=$server
  printf 'far: {base_url: "%s", model: mock-model, supported_models: [mock-model]}\n' "$url" >>"$slow"
  rm -rf "$out"
  local status=0
  run 0 scripts/compare_targets.sh --bin "$bin" --targets "$slow" --scenario quick_validation --output "$out" near far ||
    status=1
  kill "$second"
  wait "$second" 2>/dev/null || true
  server=$first
  if ((status != 0)); then return 1; fi
  there "$out/comparison.md" "$out/near_results.json" "$out/far_results.json"
  holds "$out/comparison.json" '.figures[] | select(.figure == "ttft.mean") | .best == 1'
  holds "$out/far_results.json" '.results.total_requests == 30'
  if has_page; then there "$out/comparison_report.html"; fi
}

readonly both='both: {base_url: "%s", model: first, supported_models: [first, second]}\n'

test_compare_models() {
  local out=$work/models
  rm -rf "$out"
  mock --model first --model second --ttft 2ms
  # shellcheck disable=SC2059  # it is the format
  printf "$both" "$url" >"$work/targets.yaml"
  run 0 scripts/compare_models.sh --bin "$bin" --targets "$work/targets.yaml" --scenario quick_validation \
    --output "$out" both
  there "$out/comparison.md" "$out/first_results.json" "$out/second_results.json"
  holds "$out/comparison.json" '[.contestants[].name] == ["first", "second"]'
}

test_multi_model_retry() {
  local out=$work/retry
  rm -rf "$out"
  printf 'models: [first, second]\nfaults: [{fault: error, status: 503, probability: 0.5}]\n' >"$work/failing.yaml"
  mock --config "$work/failing.yaml"
  # shellcheck disable=SC2059  # it is the format
  printf "$both" "$url" >"$work/targets.yaml"
  run 0 scripts/multi_model_retry.sh --bin "$bin" --targets "$work/targets.yaml" --target both --retry-base 1ms \
    --attempts 30 --output "$out"
  says "first: 25 of 25 answered" "second: 25 of 25 answered" "0 by another model"
  holds "$out/retry_results.json" 'all(.success_rate == 100 and .attempts_average > 1 and .attempts_largest > 1)'
}

test_run_benchmark() {
  local out=$work/benchmark file mode
  if ! have nginx; then return 77; fi
  stop_server
  for mode in interleaved sequential; do
    rm -rf "$out"
    local more=() code=0
    if [[ $mode == sequential ]]; then more=(--sequential --spawn-rate 50); fi
    # So short a run may have no verdict, which is an answer too.
    timeout "$patience" scripts/run-benchmark.sh --bin "$bin" --stack nginx --users 4 --run-time 3 --mock-port 18080 \
      --stack-port 18321 --output "$out" "${more[@]}" >"$work/out" 2>&1 || code=$?
    if ((code != 0 && code != 2)); then
      cat "$work/out"
      return 1
    fi
    for file in baseline stack; do
      there "$out/${file}_stats.csv" "$out/${file}_stats_history.csv" "$out/${file}_failures.csv"
      has_text "$out/${file}_stats.csv" 'Type,Name,Request Count,Failure Count,'
      if has_page; then there "$out/$file.html"; fi
    done
    [[ -e $out/stack.log ]]
  done
  run 64 scripts/run-benchmark.sh --bin "$bin" --workers none
  mock
  run 69 scripts/run-benchmark.sh --bin "$bin" --stack nginx --run-time 1 --output "$out" --mock-port "${url##*:}"
  says "already in use"
}

# A default run but for its length, of both targets, then the charts of all there is.
test_run_guidellm_benchmark() {
  local out=$work/guidellm target name chart
  if ! have nginx; then return 77; fi
  stop_server
  rm -rf "$out"
  for target in vllm stack; do
    run 0 scripts/run-guidellm-benchmark.sh --bin "$bin" --target "$target" --stack nginx --max-seconds 1 \
      --rate 4 --output-tokens 16 --output "$out/$target"
    holds "$out/$target/benchmarks.json" '.benchmarks | length == 4'
    name=$(find "$out/$target" -name "guidellm-benchmark-$target-s1-sw1-v1-*.txt")
    there "$name" "$out/$target/run.json"
    if has_page; then there "$out/$target/report.html"; fi
  done
  run 0 scripts/run-guidellm-benchmark.sh --bin "$bin" -t vllm -s 1 -o 8 -r concurrent -c 1,2 --vllm-replicas 2 \
    --output "$out/two"
  run 0 scripts/run-guidellm-benchmark.sh --bin "$bin" -t vllm -s 1 -o 8 -r constant -c 5,10 --output "$out/constant"
  run 0 scripts/generate_charts.py --bin "$bin" --output "$out/charts" "$out"
  for chart in ttft itl req_latency; do
    there "$out/charts/vllm_replica1_${chart}_vs_concurrency.svg" "$out/charts/vllm_replica2_${chart}_vs_concurrency.svg"
    if have rsvg-convert; then there "$out/charts/vllm_replica1_${chart}_vs_concurrency.png"; fi
  done
  has_text "$out/charts/vllm_replica1_ttft_vs_concurrency.svg" 'stack, 1 replica'
  has_text "$out/charts/vllm_replica1_ttft_vs_concurrency.svg" direct
  run 64 scripts/run-guidellm-benchmark.sh --target gpu
  run 64 scripts/generate_charts.py --bin "$bin" "$work/no-such-folder"
}

test_prefix_cache_scaleout() {
  local out=$work/pattern3
  if ! have nginx; then return 77; fi
  stop_server
  rm -rf "$out"
  run 0 scripts/prefix_cache_scaleout.sh --bin "$bin" --stack nginx --groups 3 --requests 12 --output "$out"
  holds "$out/comprehensive_results.json" '.cached_share.cold == 0 and .cached_share.warm > 0.8 and
    (.replicas | length) == 3 and ([.replicas[].requests] | add) == 36 and (.groups | length) == 3 and
    .affinity_mean < 0.6 and
    ([.cold_against_warm[] | select(.figure == "ttft.mean") | .best] == [1])'
  if has_page; then there "$out/comparison_report.html"; fi
  run 64 scripts/prefix_cache_scaleout.sh --bin "$bin" --groups none
}

test_profile_running_server() {
  local out=$work/profile.svg
  if ! have nginx || ! have perf; then return 77; fi
  stop_server
  rm -f "$out"
  run 0 scripts/profile_running_server.sh --bin "$bin" --stack nginx --seconds 2 --output "$out"
  has_text "$out" '<svg'
  has_text "$out" 'nginx: 100.0 % of'
  run 64 scripts/profile_running_server.sh
  run 69 scripts/profile_running_server.sh --pid 99999999
}

# llm-d's three steps: what stands is driven and torn down, also after a crash.
test_standup_run_teardown() {
  local state=$work/standup.state out=$work/llm-d where pid
  if ! have nginx; then return 77; fi
  stop_server
  rm -rf "$out"
  run 64 scripts/run.sh --bin "$bin" --state "$work/no.state"
  says "scripts/standup.sh first"
  run 0 scripts/standup.sh --bin "$bin" --state "$state"
  says "cpu-modelservice-nginx stands"
  pid=$(sed -n 's/^pid //p' "$state")
  run 75 scripts/standup.sh --bin "$bin" --state "$state"
  local status=0
  run 0 scripts/run.sh --bin "$bin" --state "$state" --harness inference-perf --workload sanity_random,shared_prefix \
    --time-scale 0.1 --work-dir "$out" || status=1
  run 0 scripts/run.sh --bin "$bin" --state "$state" --methods standalone --workload sanity_random \
    --time-scale 0.1 --work-dir "$out/alone" || status=1
  run 64 scripts/run.sh --bin "$bin" --state "$state" --methods nowhere || status=1
  run 0 scripts/teardown.sh --state "$state" || status=1
  if ((status != 0)); then return 1; fi
  [[ ! -e $state && ! -e /proc/$pid ]]
  where=$(find "$out" -maxdepth 1 -name 'inference-perf_*_shared_prefix_cpu-modelservice-nginx')
  there "$where/shared_prefix.yaml" "$where/summary_lifecycle_metrics.json" "$where/stage_2_lifecycle_metrics.json" \
    "$where/benchmark_report,_stage_2_lifecycle_metrics.json.yaml" "$where/analysis/latency_vs_qps.svg" "$out/config.yaml"
  [[ ! -e $where/per_request_lifecycle_metrics.json ]] # its profile does not ask for it
  holds "$where/stage_2_lifecycle_metrics.json" '.load_summary.requested_rate == 100 and
    (.load_summary.achieved_rate | . > 99 and . < 101) and .failures.count == 0'
  # What drove it has crashed, and so has what stood: teardown finds nothing to end, and says so.
  run 0 scripts/standup.sh --bin "$bin" --state "$state" --methods standalone
  pid=$(sed -n 's/^pid //p' "$state")
  kill -KILL "$pid"
  timeout 20 tail --pid="$pid" --follow /dev/null
  run 69 scripts/run.sh --bin "$bin" --state "$state"
  run 0 scripts/teardown.sh --state "$state"
  says "had ended already"
  run 0 scripts/teardown.sh --state "$state"
  says "nothing stands"
}

# An experiment by design: each setup is stood up once, and driven with each run.
test_e2e() {
  local out=$work/e2e state=$work/e2e.state
  if ! have nginx; then return 77; fi
  stop_server
  rm -rf "$out"
  run 0 scripts/e2e.sh --bin "$bin" --state "$state" --work-dir "$out" --time-scale 0.1 --workload shared_prefix \
    --experiments configs/designs/replicas_and_answers.yaml
  says "setup 2: HOPCOST_STACK=nginx HOPCOST_BACKEND_REPLICAS=2" "2 setups, all sent"
  [[ ! -e $state ]]
  [[ $(find "$out" -name 'shared_prefix.yaml' | wc -l) == 4 ]]
  has_text "$(find "$out/setup-2-run-2" -name shared_prefix.yaml)" 'output_len: 64'
  run 64 scripts/e2e.sh --no-such-option x
}

# Other load generators beside ours.
test_cross_check() {
  local out=$work/cross-check
  if ! have wrk; then return 77; fi
  stop_server
  rm -rf "$out"
  run 0 scripts/cross_check.sh --bin "$bin" --stack reference --harness wrk --streaming off --time-budget 5m \
    --output "$out" -- --restarts 2 --ceilings off
  says "| hopcost | built in |" "| wrk |" "its own CPU a request"
  has_text "$out/cross-check.md" "whole answer, median"
  holds "$out/wrk/run.json" '.cells[0].passes | length > 0'
  run 64 scripts/cross_check.sh --harness
}

# The three steps as one, stopped in the middle: torn down, and nothing left.
test_e2e_interrupted() {
  local out=$work/e2e-stopped state=$work/e2e-stopped.state script limit=300 status=0
  if ! have nginx; then return 77; fi
  stop_server
  rm -rf "$out"
  set -m
  scripts/e2e.sh --bin "$bin" --state "$state" --work-dir "$out" >"$work/out" 2>&1 &
  script=$!
  set +m
  # Its load generator has a group of its own: the folder of its results says that it has begun.
  while [[ -z $(find "$out" -name 'inference-perf_*' 2>/dev/null) ]] && ((limit-- > 0)); do sleep 0.1; done
  kill -INT -- "-$script"
  wait "$script" || status=$?
  ((status == 130)) || { say "it ended with $status" && cat "$work/out" && return 1; }
  says "what was saved is in $out" "is torn down"
  if pgrep -g "$script" >/dev/null; then
    say "something still runs" && return 1
  fi
  [[ ! -e $state ]]
}

# Ctrl-C leaves nothing running, and says what was saved.
test_interrupted() {
  local out=$work/interrupted script limit=100
  mock
  printf 'a: {base_url: "%s", model: mock-model}\nb: {base_url: "%s", model: mock-model}\n' "$url" "$url" \
    >"$work/targets.yaml"
  rm -rf "$out"
  set -m
  scripts/compare_targets.sh --bin "$bin" --targets "$work/targets.yaml" --scenario load_test --output "$out" a b \
    >"$work/out" 2>&1 &
  script=$!
  set +m
  while ! pgrep -g "$script" -x loadgen >/dev/null && ((limit-- > 0)); do sleep 0.1; done
  kill -INT -- "-$script"
  local status=0
  wait "$script" || status=$?
  if pgrep -g "$script" >/dev/null; then
    say "something still runs" && return 1
  fi
  ((status == 130)) || { say "it ended with $status" && cat "$work/out" && return 1; }
  says "the runs so far are in $out/runs"
}

main() {
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
