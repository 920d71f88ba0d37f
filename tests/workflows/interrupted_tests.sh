# shellcheck shell=bash disable=SC2154,SC2034,SC2059
# Tests of the workflow scripts, for scripts/workflows.sh, which has what they use: ctrl-C, and options that are wrong.

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

# As soon as anything is started: nothing stands, and no process is left.
test_standup_interrupted() {
  local state=$work/standup-stopped.state script limit=300 status=0
  if ! have nginx; then return 77; fi
  stop_server
  rm -rf "$state"*
  set -m
  scripts/standup.sh --bin "$bin" --state "$state" >"$work/out" 2>&1 &
  script=$!
  set +m
  while ! pgrep -f -- "--output $state.logs" >/dev/null && ((limit-- > 0)); do sleep 0.02; done
  kill -INT -- "-$script"
  wait "$script" || status=$?
  if pgrep -f -- "--output $state.logs" >/dev/null; then
    say "a stack is left" && return 1
  fi
  if [[ -e $state ]]; then
    scripts/teardown.sh --state "$state"
    say "it stood before it was stopped" && return 1
  fi
  ((status == 130)) || { say "it ended with $status" && cat "$work/out" && return 1; }
}

# Each script says what it would have taken, in one line.
test_wrong_options() {
  local script
  for script in ab_benchmark compare_models compare_targets cross_check e2e multi_model_retry prefix_cache_scaleout \
    profile_running_server quick_test run run-benchmark run-guidellm-benchmark run_only standup teardown; do
    run 64 "scripts/$script.sh" --no-such-option value
    says "no-such-option" "usage: scripts/$script.sh"
  done
  run 64 scripts/run-benchmark.sh --users none
  says "  --users N  "
}
