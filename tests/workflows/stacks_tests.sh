# shellcheck shell=bash disable=SC2154,SC2034,SC2059
# Tests of the workflow scripts, for scripts/workflows.sh, which has what they use: what starts a stack and a backend itself.

test_run_benchmark() {
  local out=$work/benchmark file mode
  if ! have nginx; then return 77; fi
  stop_server
  for mode in interleaved sequential; do
    rm -rf "$out"
    local more=() code=0
    if [[ $mode == sequential ]]; then more=(--sequential); fi
    # So short a run may have no verdict, which is an answer too.
    timeout "$patience" scripts/run-benchmark.sh --bin "$bin" --stack nginx --users 4 --spawn-rate 50 --run-time 3 --mock-port 18080 \
      --stack-port 18321 --output "$out" "${more[@]}" >"$work/out" 2>&1 || code=$?
    if ((code != 0 && code != 2)); then
      cat "$work/out"
      return 1
    fi
    for file in baseline stack; do
      there "$out/${file}_stats.csv" "$out/${file}_stats_history.csv" "$out/${file}_failures.csv"
      has_text "$out/${file}_stats.csv" 'Type,Name,Request Count,Failure Count,'
      (($(awk -F, '$2 == "\"Aggregated\"" || $2 == "Aggregated" { print $3 }' "$out/${file}_stats.csv") > 10))
      if has_page; then there "$out/$file.html"; fi
      read_by locust "$out" "$file"
    done
    [[ -e $out/stack.log ]]
  done
  run 64 scripts/run-benchmark.sh --bin "$bin" --workers none
  mock
  run 69 scripts/run-benchmark.sh --bin "$bin" --stack nginx --run-time 1 --output "$out" --mock-port "${url##*:}"
  says "already in use"
  HOPCOST_STACKS_DIR=$work/no-stacks run 69 scripts/run-benchmark.sh --bin "$bin" --run-time 1 --output "$out"
  says "ogx" "install"
}

# A list of workers is a sweep with a diagnosis.
test_run_benchmark_sweep() {
  local out=$work/sweep code=0
  if ! have nginx; then return 77; fi
  stop_server
  rm -rf "$out"
  timeout "$patience" scripts/run-benchmark.sh --bin "$bin" --stack nginx --workers 1,2 --users 4 --run-time 1 \
    --output "$out" >"$work/out" 2>&1 || code=$?
  ((code == 0 || code == 2)) || { cat "$work/out" && return 1; }
  says "a sweep: the .csv files of each cell and arm are in $out/cells"
  holds "$out/run.json" '[.scaling[].points[].n] | unique == [1, 2]'
  holds "$out/run.json" 'all(.scaling[]; .diagnosis | .code != "" and .evidence != "")'
  there "$out/cells/nginx-w2-r1-c4-unary/stack/locust/loadgen_stats.csv" "$out/summary.md"
  [[ -e $out/stack.log ]]
  run 64 scripts/run-benchmark.sh --bin "$bin" --workers 1,2 --sequential
}

# Both targets, each way of loading them, and charts of a folder of runs.
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
    read_by guidellm "$out/$target"
  done
  run 0 scripts/run-guidellm-benchmark.sh --bin "$bin" -t vllm -s 1 -o 8 -r concurrent -c 1,2 --vllm-replicas 2 \
    --output "$out/two"
  for name in "constant -c 5,10" "poisson -c 20" "throughput -c 4,8" synchronous; do
    # shellcheck disable=SC2086 # words
    run 0 scripts/run-guidellm-benchmark.sh --bin "$bin" -t vllm -s 1 -o 8 -r $name --output "$out/${name%% *}"
  done
  holds "$out/throughput/run.json" '[.stages[].concurrency] == [4, 8]'
  run 0 scripts/generate_charts.py --bin "$bin" --output "$out/charts" "$out"
  for chart in ttft itl req_latency; do
    there "$out/charts/vllm_replica1_${chart}_vs_concurrency.svg" "$out/charts/vllm_replica2_${chart}_vs_concurrency.svg"
    if have rsvg-convert; then there "$out/charts/vllm_replica1_${chart}_vs_concurrency.png"; fi
  done
  has_text "$out/charts/vllm_replica1_ttft_vs_concurrency.svg" 'stack, 1 replica'
  has_text "$out/charts/vllm_replica1_ttft_vs_concurrency.svg" direct
  run 64 scripts/run-guidellm-benchmark.sh --target gpu
  run 64 scripts/run-guidellm-benchmark.sh -r sweep -c 5,10
  run 64 scripts/generate_charts.py --bin "$bin" "$work/no-such-folder"
}

# A default run but for its seconds, and charts without an argument: of every run in results/.
test_generate_charts() {
  local mark=$work/before folder chart made=results/vllm_replica1
  stop_server
  if compgen -G "${made}_*" >/dev/null; then say "$made is of somebody's own charts" && return 77; fi
  : >"$mark"
  run 0 scripts/run-guidellm-benchmark.sh --bin "$bin" --target vllm --max-seconds 2
  folder=$(find results -maxdepth 1 -name 'guidellm-vllm-s1-sw1-v1-*' -newer "$mark")
  local status=0
  run 0 scripts/generate_charts.py --bin "$bin" || status=1
  for chart in ttft itl req_latency; do
    there "${made}_${chart}_vs_concurrency.svg" || status=1
    if have rsvg-convert; then there "${made}_${chart}_vs_concurrency.png" || status=1; fi
  done
  there "$folder/benchmarks.json" || status=1
  rm -rf "$folder" "${made}"_*
  return "$status"
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
  # The default stack keeps what begins alike together.
  if [[ ! -d ${HOPCOST_STACKS_DIR:-build/stacks}/vllm-router ]]; then return; fi
  rm -rf "$out"
  run 0 scripts/prefix_cache_scaleout.sh --bin "$bin" --groups 3 --requests 12 --output "$out"
  holds "$out/comprehensive_results.json" '.affinity_mean > 0.9 and .cached_share.warm > 0.8'
}

test_profile_running_server() {
  local out=$work/profile.svg
  if ! have nginx || ! have perf; then return 77; fi
  stop_server
  rm -f "$out"
  run 0 scripts/profile_running_server.sh --bin "$bin" --stack nginx --seconds 2 --output "$out"
  has_text "$out" '<svg'
  has_text "$out" 'nginx: 100.0 % of'
  # What runs already, while somebody else loads it.
  mock
  "$bin/loadgen" "$url" --users 2 --run-time 20 --quiet >/dev/null 2>&1 &
  local load=$! status=0
  rm -f "$out"
  run 0 scripts/profile_running_server.sh --bin "$bin" --pid "$server" --seconds 1 --output "$out" || status=1
  kill "$load"
  wait "$load" || true
  stop_server
  ((status == 0)) || return 1
  has_text "$out" 'mock-0'
  if [[ -d ${HOPCOST_STACKS_DIR:-build/stacks}/fastapi ]]; then
    rm -f "$out"
    run 0 scripts/profile_running_server.sh --bin "$bin" --stack fastapi --seconds 2 --output "$out"
    has_text "$out" 'uvicorn'
  fi
  run 64 scripts/profile_running_server.sh
  run 69 scripts/profile_running_server.sh --pid 99999999
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
