# shellcheck shell=bash disable=SC2154  # what is named here is scripts/kubernetes.sh's
# Steps of scripts/kubernetes.sh: the manifests and scripts of deploy/.

step_static() {
  local overlay bin
  bin=$(echo "$work"/bin-*)
  for overlay in "${overlays[@]}"; do
    kubectl_offline kustomize "deploy/overlays/$overlay" |
      "$bin/kubeconform" -strict -summary -schema-location "$(echo "$work"/schemas-*)/{{ .ResourceKind }}{{ .KindSuffix }}.json" - || return
  done
}

kubectl_offline() { "$(echo "$work"/bin-*)/kubectl" "$@"; }

step_dry_run() {
  local overlay
  for overlay in "${overlays[@]}"; do
    deploy/apply.sh --kubectl "$work/kubectl" --namespace hopcost-dry --overlay "$overlay" --dry-run 2>&1 |
      tee "$work/out" || return
    if grep --ignore-case --quiet '^warning' "$work/out"; then return 1; fi
  done
  deploy/teardown.sh --kubectl "$work/kubectl" --namespace hopcost-dry --delete-namespace
}

# make_volume NAME: one that every node can write, as a cluster's storage would give it: a folder of this machine.
make_volume() {
  "$cluster" kubectl delete persistentvolume "$1" --ignore-not-found # one that was used is not given again
  rm -rf "${work:?}/volumes/$1"
  mkdir -p "$work/volumes/$1"
  chmod 777 "$work/volumes/$1"
  jq --null-input --arg name "$1" --arg path "$work/volumes/$1" '{apiVersion: "v1", kind: "PersistentVolume", metadata: {name: $name},
    spec: {capacity: {storage: "20Gi"}, accessModes: ["ReadWriteMany"], persistentVolumeReclaimPolicy: "Retain",
           storageClassName: "", hostPath: {path: $path}}}' | "$cluster" kubectl apply --filename -
}

step_apply() {
  local app
  make_volume hopcost-test || return
  deploy/apply.sh --kubectl "$work/kubectl" --namespace "$namespace" --overlay test --wait 120s || return
  # Guaranteed: requests and limits are the same for all.
  kube get pods --output json | jq --exit-status '[.items[].status.qosClass] | length == 7 and all(. == "Guaranteed")' || return
  # Both nodes have a part of each.
  for app in hopcost/role=backend hopcost/stack=nginx hopcost/stack=reference; do
    kube get pods --selector "$app" --output json | jq --exit-status '[.items[].spec.nodeName] | unique | length == 2' || return
  done
  # The meter sees the server.
  kube exec deployment/stack-nginx --container meter -- sh -c 'cat /proc/[0-9]*/cmdline' | grep --text --quiet 'nginx: worker process'
}

# load NAME [OPTION...]: 200 requests a second from four pods for ten seconds, each request recorded.
load() {
  local name=$1
  shift
  rm -rf "${work:?}/$name"
  deploy/run_shards.sh --kubectl "$work/kubectl" --namespace "$namespace" --shards 4 --cpu 200m --name "$name" \
    --output "$work/$name" "$@" -- http://vllm-server:8000 --model mock-model --rate 200/s --arrival poisson \
    --duration 10s --seed 7 --record 100000
}

# add_up NAME: its counts are the sum of its parts' counts, no request is in two of them, and its percentiles are within
# a histogram's error (0.8 %) those of all requests.
add_up() {
  jq --exit-status --slurp '.[0] as $all | .[1:] as $parts
    | ["sent", "ok", "failed", "unsent", "connections", "output_tokens"]
      | all(. as $count | $all.counters[$count] == ([$parts[].counters[$count]] | add))
      and $all.metrics_ns.e2e.count == ([$parts[].metrics_ns.e2e.count] | add)' \
    "$work/$1/run.json" "$work/$1"/parts/*/run.json || return
  zstd --decompress --stdout --quiet "$work/$1"/parts/*/requests.jsonl.zst |
    jq --exit-status --slurp --slurpfile run "$work/$1/run.json" '
      ([.[].number] | length == (unique | length)) and length == $run[0].counters.sent
      and ($run[0].metrics_ns.e2e as $e2e | [.[] | .close_ns - .send_ns] | sort | . as $times
           | [["p50", 0.5], ["p90", 0.9], ["p95", 0.95], ["p99", 0.99]]
           | all(. as [$name, $q] | $e2e[$name] == null
                 or (($q * ($times | length)) as $at
                     | $e2e[$name] >= $times[($at | floor) - 1] * 0.992 and $e2e[$name] <= $times[$at | ceil] * 1.008)))'
}

step_shards() {
  load shards || return
  add_up shards || return
  jq --exit-status '.counters.ok > 1500' "$work/shards/run.json"
}

step_killed() {
  local status=0 pid
  load killed >"$work/out" 2>&1 &
  pid=$!
  await_text "$work/out" 'begin together' || return
  sleep 6 # of its ten seconds, four of which pass before it begins
  kube delete pod --selector 'hopcost/run=killed,batch.kubernetes.io/job-completion-index=2' --grace-period 1 --wait=false
  wait "$pid" || status=$?
  cat "$work/out"
  ((status == 2)) || return
  grep --quiet '^lost: share 3 of 4 (killed-2-' "$work/out" || return
  grep --quiet '^3 of 4 shares' "$work/out" || return
  add_up killed || return
  nothing_left
}

# await_text FILE TEXT: until it is there; two minutes at most.
await_text() {
  local limit=$((SECONDS + 120))
  until grep --quiet "$2" "$1"; do
    if ((SECONDS >= limit)); then return 1; fi
    sleep 0.2
  done
}

# Of runs: no Job, no pod, no clock, no file.
nothing_left() {
  local left
  left=$(kube get jobs,pods --selector hopcost/role=shard --output name && kube get configmaps --output name |
    sed -n '/-clock$/p' && ls "$work/volumes/hopcost-test") || return
  say "left: ${left:-nothing}"
  [[ -z $left ]]
}

# says CODE TEXT COMMAND...: it ends so, and says that.
says() {
  local code=$1 text=$2 status=0
  shift 2
  "$@" >"$work/out" 2>&1 || status=$?
  cat "$work/out"
  if ((status != code)); then
    say "ended with $status, not $code"
    return 1
  fi
  grep --quiet --extended-regexp "$text" "$work/out" || {
    say "does not say '$text'"
    return 1
  }
}

# An account of the cluster that may do nothing.
powerless() {
  local token config="$work/powerless.kubeconfig"
  "$cluster" kubectl create serviceaccount powerless --namespace default --dry-run=client --output json |
    "$cluster" kubectl apply --filename - || return
  token=$("$cluster" kubectl --namespace default create token powerless) || return
  "$cluster" kubectl config view --raw --minify --flatten --output json |
    jq --arg token "$token" '.users[].user = {token: $token}' >"$config" || return
  printf '#!/bin/sh\nexec %q kubectl --kubeconfig %q "$@"\n' "$cluster" "$config" >"$work/powerless"
  chmod +x "$work/powerless"
}

# A server that goes away for as long as there is a file.
losable() {
  printf '#!/bin/sh\nif [ -e %q ]; then exec %q "$@"; fi\nexec %q "$@"\n' \
    "$work/server-lost" "$work/unreachable" "$work/kubectl" >"$work/losable"
  chmod +x "$work/losable"
}

lost_server() {
  local status=0 pid
  losable
  rm -f "$work/server-lost"
  deploy/run_shards.sh --kubectl "$work/losable" --namespace "$namespace" --shards 2 --cpu 200m --name lost \
    --output "$work/lost-run" -- http://vllm-server:8000 --model mock-model --rate 20/s --duration 60s >"$work/out" 2>&1 &
  pid=$!
  say 'a server that is lost:'
  await_text "$work/out" 'begin together' && touch "$work/server-lost" && await_text "$work/out" 'has not answered' || status=1
  rm -f "$work/server-lost" # it is back, and is asked to remove what it still has
  ((status == 0)) || return
  wait "$pid" || status=$?
  cat "$work/out"
  say "ended with $status"
  ((status == 69))
}

step_refused() {
  local at=(--kubectl "$work/kubectl" --namespace "$namespace")
  says 69 '(ErrImagePull|ImagePullBackOff): .*hopcost/nowhere:1' deploy/run_shards.sh "${at[@]}" \
    --image hopcost/nowhere:1 --shards 1 --cpu 100m --wait 15 --name absent -- http://vllm-server:8000 || return
  says 69 'cannot be scheduled: .*Insufficient cpu' deploy/run_shards.sh "${at[@]}" \
    --shards 1 --cpu 500 --wait 5 --name large -- http://vllm-server:8000 || return
  says 69 'PersistentVolumeClaim workload-pvc: Pending: no volume of 900Gi' deploy/apply.sh --kubectl "$work/kubectl" \
    --namespace hopcost-refused --overlay standalone --pvc-size 900Gi --wait 10s || return
  deploy/teardown.sh --kubectl "$work/kubectl" --namespace hopcost-refused --delete-namespace || return
  powerless || return
  says 69 'not allowed to create deployments' deploy/apply.sh --kubectl "$work/powerless" --namespace "$namespace" || return
  says 69 'not allowed to create jobs' deploy/run_shards.sh --kubectl "$work/powerless" --namespace "$namespace" \
    -- http://vllm-server:8000 || return
  says 69 'does not answer' deploy/apply.sh --kubectl "$work/unreachable" --namespace "$namespace" || return
  lost_server || return
  nothing_left
}

step_teardown() {
  local left
  deploy/teardown.sh --kubectl "$work/kubectl" --namespace "$namespace" || return
  left=$(kube get all,pvc,configmaps,secrets --output name | grep --invert-match kube-root-ca.crt || true)
  say "left: ${left:-nothing}"
  [[ -z $left ]]
}

step_many() {
  "$cluster" fake 20 || return
  # shellcheck disable=SC2016  # envsubst reads the names
  NAME=many SHARDS=50 DEADLINE=600 IMAGE=hopcost/loadgen:$tag CPU=1 ARGUMENTS='- "http://vllm-server:8000"' \
    envsubst '$NAME $SHARDS $DEADLINE $IMAGE $CPU $ARGUMENTS' <deploy/shards/job.yaml |
    kube create --dry-run=client --filename - --output json |
    jq '.spec.template.spec += {nodeSelector: {type: "kwok"}, tolerations: [{key: "kwok.x-k8s.io/node", operator: "Exists"}]}' |
    kube create --filename - || return
  kube wait --for=condition=Complete job/many --timeout 120s || return
  # Spread: no node has more than one share more than another.
  kube get pods --selector hopcost/run=many --output json | jq --exit-status '
    [.items[].spec.nodeName] | group_by(.) | map(length) | length == 20 and (max - min <= 1) and add == 50' || return
  kube delete job many --wait || return
  "$cluster" fake 0
}
