# shellcheck shell=bash disable=SC2154  # what is named here is scripts/kubernetes.sh's
# Steps of scripts/kubernetes.sh: llm-d's run_only.sh.

# Two launchers, each with its own results, copied back; the gateway found by its label.
step_run_only() {
  local folder count file
  kube label service stack-nginx gateway.networking.k8s.io/gateway-name=test-gateway --overwrite || return
  rm -rf "$work/run_only"
  sed -e 's/^  parallelism: 1.*/  parallelism: 2/' -e "s/svc.cluster.local:80\$/svc.cluster.local:8321/" \
    -e "s|^  work_dir: .*|  work_dir: $work/run_only|" -e "s|^  kubectl: .*|  kubectl: $work/kubectl|" \
    -e 's/^  # cpus: .*/  cpus: 200m/' configs/run_only/inference_scheduling_template.yaml >"$work/run_only.yaml"
  NAMESPACE=$namespace GATEWAY_NAME=test-gateway BENCHMARK_PVC=workload-pvc scripts/run_only.sh -c "$work/run_only.yaml" \
    --bin "$programs" --time-scale 0.05 --override server.model_name=mock-model >"$work/out" 2>&1 || {
    cat "$work/out"
    return 1
  }
  cat "$work/out"
  grep --quiet "using gateway service 'stack-nginx'" "$work/out" || return
  for count in sanity_random:1 shared_prefix_synthetic:7; do
    for folder in "$work"/run_only/inference-perf_*_"${count%:*}"_*_{1,2}; do
      (($(find "$folder" -name 'stage_*_lifecycle_metrics.json' | wc -l) == ${count#*:})) || return
      for file in summary_lifecycle_metrics.json config.yaml "${count%:*}.yaml" stdout.log analysis/latency_vs_qps.png; do
        [[ -s $folder/$file ]] || return
      done
      jq --exit-status '.successes.count > 0 and .failures.count == 0' "$folder/summary_lifecycle_metrics.json" || return
    done
  done
  no_launchers || return
  # What lies on the volume stays.
  kube exec lmdbench-hopcost-launcher -- ls /requests | grep --quiet '^inference-perf_.*_sanity_random_'
}

# Nothing of a run is left in the cluster.
no_launchers() {
  local left
  left=$(kube get pods,configmaps --selector hopcost/role=run-only --output name) || return
  say "launchers left: ${left:-none}"
  [[ -z $left ]]
}

# with_dataset SECONDS COMMAND...: run_only.sh's variables, for a file that this machine serves meanwhile.
with_dataset() {
  local seconds=$1 server status=0 files=$work/dataset
  shift
  rm -rf "$files" "$work/run_only-dataset"
  mkdir -p "$files"
  jq --null-input '[range(20) | {id: "\(.)", conversations: [
    {from: "human", value: ("which of these words is number \(.)? " + "word " * (10 + .))},
    {from: "gpt", value: ("this one " * (5 + .))}]}]' >"$files/conversations.json" || return
  python3 -u -m http.server --bind 127.0.0.1 --directory "$files" 0 >"$work/log/http.server" 2>&1 &
  server=$!
  await_text "$work/log/http.server" 'Serving HTTP' || status=1
  if ((status == 0)); then
    NAMESPACE=$namespace WORK_DIR=$work/run_only-dataset KUBECTL=$work/kubectl DURATION=$seconds \
      DATASET_URL=http://127.0.0.1:$(sed -n 's/.* port \([0-9]*\) .*/\1/p' "$work/log/http.server")/conversations.json \
      "$@" || status=$?
  fi
  kill "$server"
  wait "$server" 2>/dev/null || true
  return "$status"
}

# What is asked for is what the file says: an answer of each length, once.
step_dataset() {
  local folder
  with_dataset 4 scripts/run_only.sh -c tests/kubernetes/dataset.yaml --bin "$programs" || return
  folder=$(echo "$work"/run_only-dataset/inference-perf_*_sharegpt_dataset)
  jq --exit-status '.successes.count == 20 and .failures.count == 0' "$folder/summary_lifecycle_metrics.json" || return
  grep --quiet 'GET /conversations.json .* 200' "$work/log/http.server" || return
  jq --exit-status '[.[].info.response_metrics.output_tokens] | sort == [range(20) | 10 + 2 * .]' \
    "$folder/per_request_lifecycle_metrics.json" || return
  no_launchers
}

# 01: an established connection; kubectl's own do not go through the pod's network.
await_connection() {
  await_text "$work/out" sharegpt || return
  kube exec "$(kube get pods --selector hopcost/role=run-only --output name)" -- \
    timeout 60 sh -c 'until grep -Eqs "^ *[0-9]+: [^ ]+ [^ ]+ 01 " /proc/net/tcp; do sleep 0.1; done'
}

# Ctrl-C, as a terminal sends it: to all of the script's group, once its load generator talks to the stack.
interrupt_run_only() {
  local job ended
  in_background scripts/run_only.sh -c tests/kubernetes/dataset.yaml --bin "$programs"
  await_connection || abandon || return
  outcome INT
  ((ended == 130)) && ! pgrep -g "$job"
}

# What was sent until then is copied back, and the launcher is gone.
step_interrupted() {
  local folder
  with_dataset 120 interrupt_run_only || return
  folder=$(echo "$work"/run_only-dataset/inference-perf_*_sharegpt_dataset)
  jq --exit-status '.counters.sent > 0 and .counters.sent < 600' "$folder/run.json" || return # of 120 s at 5 a second
  no_launchers
}
