# shellcheck shell=bash disable=SC2154,SC2034,SC2059
# Tests of the workflow scripts, for scripts/workflows.sh, which has what they use: llm-d's steps.

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
  read_by inference_perf "$(find "$out" -maxdepth 1 -name 'inference-perf_*_sanity_random_cpu-modelservice-nginx')" run-only
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

# The harness that sends nothing says how long it took to stand up, and only of what was stood up.
test_start_up_time() {
  local state=$work/nop.state out=$work/nop status=0
  stop_server
  rm -rf "$out"
  run 0 scripts/standup.sh --bin "$bin" --state "$state" --methods standalone --set HOPCOST_MODEL=some/model
  run 0 scripts/run.sh --bin "$bin" --state "$state" --harness nop --work-dir "$out/stood-up" || status=1
  # The model that stands is the one that is asked for.
  run 0 scripts/run.sh --bin "$bin" --state "$state" --workload chatbot_synthetic --time-scale 0.01 \
    --work-dir "$out/chat" || status=1
  run 0 scripts/teardown.sh --state "$state" || status=1
  run 0 scripts/run.sh --bin "$bin" --endpoint http://127.0.0.1:9 --harness nop --work-dir "$out/elsewhere" || status=1
  if ((status != 0)); then return 1; fi
  grep -Eq '^ready_s: [0-9]+\.[0-9]+$' "$(find "$out/stood-up" -name start_up.yaml)"
  grep -Eq '^ready_s: *$' "$(find "$out/elsewhere" -name start_up.yaml)"
  holds "$(find "$out/chat" -name summary_lifecycle_metrics.json)" '.failures.count == 0 and .successes.count > 3'
  # What would be driven at one address of several is refused.
  run 64 scripts/standup.sh --bin "$bin" --state "$state" --set HOPCOST_STACK_REPLICAS=2
  run 64 scripts/standup.sh --bin "$bin" --state "$state" --methods standalone --set HOPCOST_BACKEND_REPLICAS=2
  [[ ! -e $state ]]
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
  [[ $(tail -n 2 "$work/out" | head -n 1) == *"The current work dir is $out" ]]
  [[ ! -e $state ]]
  [[ $(find "$out" -name 'shared_prefix.yaml' | wc -l) == 4 ]]
  has_text "$(find "$out/setup-2-run-2" -name shared_prefix.yaml)" 'output_len: 64'
  run 64 scripts/e2e.sh --no-such-option x
}
