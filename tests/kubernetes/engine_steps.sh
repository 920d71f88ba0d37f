# shellcheck shell=bash disable=SC2034,SC2154  # what is named here is scripts/kubernetes.sh's
# Steps of scripts/kubernetes.sh: the programs and scripts that measure, on the cluster that it has made.

# on_cluster PROGRAM OPTION...: one of the programs, with where the cluster is.
on_cluster() {
  local program=$1
  shift
  "$program" "$@" --namespace "$namespace" --kubectl "$work/kubectl"
}

# measure NAME N OPTION...: overhead, N instances before N backends, into a folder of the step's own.
measure() {
  local name=$1 count=$2
  shift 2
  rm -rf "${work:?}/$name"
  on_cluster "$programs/overhead" run --on kubernetes --replicas "$count" --backend-replicas "$count" --concurrency 2 --ceilings off \
    --rounds 2 --output "$work/$name" "$@"
}

# paired_well NAME CELLS WORKERS: both arms of all rounds answered, the workers that were asked for are in each pod, CPU time
# was seen; and nothing has a verdict, since the two nodes are one machine.
paired_well() {
  jq --exit-status --argjson cells "$2" --argjson workers "$3" '
    (.cells | length == $cells and all(.state == "no verdict"))
    and all(.cells[]; (.passes | length == 12 and all(.ok > 0)) and .workers_seen.seen == [$workers, $workers]
      and .cpu_per_request_ns.value > 0
      and (.checks[] | select(.code == "shared_cores") | .blocking and (.evidence | contains("are one machine"))))' \
    "$work/$1/run.json" && ls "$work/$1"/report.html "$work/$1"/summary.md
}

# uncounted NAME N OPTION...: measured, and no figure counts.
uncounted() {
  local status=0
  measure "$@" || status=$?
  say "ended with $status"
  ((status == 2))
}

# One after the other through nginx and the reference proxy, the latter with two workers.
step_paired() {
  uncounted paired-nginx 2 --stack nginx --streaming both --restarts 2 --min-pass 300ms --quiet || return
  paired_well paired-nginx 2 1 || return
  uncounted paired-reference 2 --stack reference --workers 2 --streaming off --restarts 2 --min-pass 300ms --quiet || return
  paired_well paired-reference 1 2
}

# new_pods SELECTOR OLD: waits until all that match are ready, and none of them is one of the old ones.
new_pods() {
  local limit=$((SECONDS + 120))
  while ((SECONDS < limit)); do
    if kube get pods --selector "$1" --output json | jq --exit-status --arg old "$2" '
      (.items | length == 2) and all(.items[];
        (.metadata.name as $name | $old | contains($name) | not)
        and any(.status.conditions[]?; .type == "Ready" and .status == "True"))' >/dev/null; then
      return
    fi
    sleep 0.5
  done
  return 1
}

# One of those that the second restart drives.
kill_an_instance() {
  local old
  await_text "$work/out" 'restart 2/3' || return
  old=$(kube get pods --selector hopcost/stack=nginx --output name) || return
  new_pods hopcost/stack=nginx "$old" || return
  # From when they are driven on, the run knows them.
  kube exec "$launcher" -- timeout 60 sh -c 'until grep -qsx loadgen /proc/[0-9]*/comm; do sleep 0.1; done' || return
  kube delete "$(kube get pods --selector hopcost/stack=nginx --output name | head -n 1)" --wait=false
}

# A pod that is killed in the second restart: the run says so, and keeps the first, all of it.
step_lost() {
  local job ended
  in_background measure lost 2 --stack nginx --streaming off --restarts 3 --min-pass 3s
  kill_an_instance || abandon || return
  outcome
  ((ended == 69)) || return
  jq --exit-status '(.failures | length == 1) and (.failures[0] | contains("is gone since this restart began"))
    and (.cells | length == 1) and (.cells[0].passes
      | ([.[] | select(.restart == 0)] | length == 6 and all(.ok > 0)
         and ([.[] | [.round, .arm]] | unique | length == 6))
      and ([.[] | [.restart, .round, .arm]] | length == (unique | length)))' "$work/lost/run.json"
}

# Llama Stack's benchmark, and its three charts.
step_guidellm() {
  local target options=(--on kubernetes --max-seconds 3 --rate-type concurrent --rate "1,2" --prompt-tokens 16 --output-tokens 8
    --bin "$programs" --stack nginx --stack-replicas 1 --vllm-replicas 2)
  rm -rf "$work/guidellm"
  mkdir -p "$work/guidellm"
  for target in stack vllm; do
    on_cluster scripts/run-guidellm-benchmark.sh --target "$target" "${options[@]}" --output "$work/guidellm/$target" || (($? == 2)) || return
    jq --exit-status '.benchmarks | length == 2' "$work/guidellm/$target/benchmarks.json" || return
  done
  kube get deployment stack-nginx vllm-server --output json | jq --exit-status '[.items[].spec.replicas] == [1, 2]' || return
  scripts/generate_charts.py --bin "$programs" --output "$work/guidellm/charts" "$work"/guidellm/{stack,vllm} || return
  (($(find "$work/guidellm/charts" -name '*.png' | wc -l) >= 3))
}

# small_overlay METHOD FOLDER: that overlay, for this machine.
small_overlay() {
  mkdir -p "$2"
  printf 'apiVersion: kustomize.config.k8s.io/v1beta1\nkind: Kustomization\nresources: ["%s"]\ncomponents: ["%s"]\n' \
    "$(realpath --relative-to "$2" "deploy/overlays/$1")" "$(realpath --relative-to "$2" deploy/components/small)" \
    >"$2/kustomization.yaml"
}

# llm-d-benchmark's way: stood up by a method, driven, torn down; one script after the other, and all of it by e2e.sh.
step_methods() {
  local overlay=$work/overlay state=$work/methods.state
  local there=(--on kubernetes --namespace hopcost-methods --kubectl "$work/kubectl" --overlay "$overlay")
  local load=(--workload sanity_random --cpus 200m --time-scale 0.1)
  make_volume hopcost-methods || return
  rm -rf "$overlay" "$work"/methods-*
  small_overlay standalone "$overlay" || return
  scripts/standup.sh "${there[@]}" --methods standalone --bin "$programs" --state "$state" || return
  scripts/run.sh "${load[@]}" --methods standalone --bin "$programs" --state "$state" --work-dir "$work/methods-standalone" || return
  scripts/teardown.sh --state "$state" || return
  small_overlay modelservice "$overlay" || return
  scripts/e2e.sh "${there[@]}" "${load[@]}" --methods modelservice --bin "$programs" --state "$state" \
    --work-dir "$work/methods-modelservice" || return
  (($(find "$work"/methods-* -name stage_0_lifecycle_metrics.json | wc -l) == 2)) || return
  [[ -z $("$cluster" kubectl --namespace hopcost-methods get deployments,pods --output name) ]] || return
  deploy/teardown.sh --kubectl "$work/kubectl" --namespace hopcost-methods --delete-namespace
}
