# shellcheck shell=bash disable=SC2154,SC2034,SC2059
# Tests of the workflow scripts, for scripts/workflows.sh, which has what they use: what is told of endpoints that run: quick tests, scenarios, comparisons, retries.

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

# What docs/workflows.md asks before production, by its own command but for its length.
test_readiness() {
  local out=$work/readiness
  rm -rf "$out"
  mock --ttft 5ms --itl 2ms
  MOCK_URL=$url run 0 "$bin/loadgen" --target mock --scenario load_test --time-scale 0.1 --slo production \
    --slo 'ttft.p95<=2s' --fail-if 'success<99%' --fail-if 'ttft.p95>2s' --output "$out"
  says "ttft.p95<=2s" ", met" "threshold success<99%" "halves    concurrent@10: ttft.p95"
  holds "$out/run.json" '.valid and ([.steadiness[] | .load] == [.stages[] | .name]) and
    all(.steadiness[]; .figure == "ttft.p95" and .first.low > 5e6) and all(.targets[]; .verdict == "met")'
  # A server that is slower than that is told.
  mock --ttft 60ms
  MOCK_URL=$url run 1 "$bin/loadgen" --target mock --scenario quick_validation --requests 300 --fail-if 'ttft.p95>20ms'
  says "CROSSED"
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
  # Of two that differ the quicker one is named.
  printf 'models: [{name: first, ttft: 2ms, itl: 1ms}, {name: second, ttft: 30ms, itl: 4ms}]\n' >"$work/unlike.yaml"
  mock --config "$work/unlike.yaml"
  printf "$both" "$url" >"$work/targets.yaml"
  rm -rf "$out"
  run 0 scripts/compare_models.sh --bin "$bin" --targets "$work/targets.yaml" --scenario quick_validation \
    --output "$out" both
  holds "$out/comparison.json" '[.figures[] | select(.figure | test("^(ttft.mean|tpot.*mean|output_tokens_per_s)$")) | .best] |
    length >= 3 and all(. == 0)'
}

test_multi_model_retry() {
  local out=$work/retry
  rm -rf "$out"
  # Half of the requests fail; ten attempts are not enough for one in a thousand of them. With this seed none is.
  printf 'seed: 7\nmodels: [first, second]\nfaults: [{fault: error, status: 503, probability: 0.5}]\n' >"$work/failing.yaml"
  mock --config "$work/failing.yaml"
  # shellcheck disable=SC2059  # it is the format
  printf "$both" "$url" >"$work/targets.yaml"
  run 0 scripts/multi_model_retry.sh --bin "$bin" --targets "$work/targets.yaml" --target both --retry-base 1ms \
    --output "$out"
  says "first: 25 of 25 answered" "second: 25 of 25 answered" "0 by another model"
  holds "$out/retry_results.json" 'all(.success_rate == 100 and .attempts_average > 1.5 and .attempts_largest > 2)'
  # Another model answers than was asked: counted, and no success.
  rm -rf "$out"
  printf 'models: [{name: first, aliases: [second]}]\n' >"$work/aliased.yaml"
  mock --config "$work/aliased.yaml"
  printf "$both" "$url" >"$work/targets.yaml"
  run 1 scripts/multi_model_retry.sh --bin "$bin" --targets "$work/targets.yaml" --target both --output "$out"
  says "first: 25 of 25 answered, 1 attempts a request, at most 1; 0 by another model" "25 by another model"
}
