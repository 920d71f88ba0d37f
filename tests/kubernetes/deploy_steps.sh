# shellcheck shell=bash disable=SC2154  # what is named here is scripts/kubernetes.sh's
# Steps of scripts/kubernetes.sh: the manifests and scripts of deploy/.

kubectl_offline() { "$(echo "$work"/bin-*)/kubectl" "$@"; }

# What run_shards.sh would make, with an option that YAML could take for something else.
some_job() { shard_job "$1" 4 60 "hopcost/loadgen:$tag" 1 http://vllm-server:8000 --model 'a: "b" #c' --rate 200/s; }

every_manifest() {
  local overlay
  for overlay in "${overlays[@]}"; do
    kubectl_offline kustomize "deploy/overlays/$overlay" || return
    echo ---
  done
  some_job static
}

# Images are those of this version, wherever one is named: none is `latest`.
of_this_version() {
  local others
  say "version: ${tag:?has no number}"
  others=$({ cat "$1" && grep --no-filename 'image: hopcost/' configs/run_only/*.yaml tests/kubernetes/*.yaml; } |
    sed -n 's/^ *-\? *image: //p' | sort --unique | grep --invert-match --line-regexp "hopcost/[a-z_]*:$tag *\(#.*\)\?")
  say "other images: ${others:-none}"
  [[ -z $others ]]
}

step_static() {
  every_manifest >"$work/manifests.yaml" || return
  "$(echo "$work"/bin-*)/kubeconform" -strict -summary \
    -schema-location "$(echo "$work"/schemas-*)/{{ .ResourceKind }}{{ .KindSuffix }}.json" - <"$work/manifests.yaml" || return
  of_this_version "$work/manifests.yaml"
}

# unwarned COMMAND...: it succeeds, and nobody warns of anything.
unwarned() {
  "$@" 2>&1 | tee "$work/out" || return
  ! grep --ignore-case --quiet '^warning' "$work/out"
}

dry_job() { some_job dry | "$cluster" kubectl --namespace hopcost-dry create --dry-run=server --validate=strict --filename -; }

step_dry_run() {
  local overlay status=0
  for overlay in "${overlays[@]}"; do
    unwarned deploy/apply.sh --kubectl "$work/kubectl" --namespace hopcost-dry --overlay "$overlay" --dry-run || status=1
  done
  unwarned dry_job || status=1
  deploy/teardown.sh --kubectl "$work/kubectl" --namespace hopcost-dry --delete-namespace || status=1
  return "$status"
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
  says 0 '^the latest share \([1-4]\) began [0-9.]+ ms after' load shards || return
  add_up shards || return
  jq --exit-status '.counters.ok > 1500' "$work/shards/run.json"
}

# in_background COMMAND...: in a group of its own, its output in $work/out. Sets job.
in_background() {
  set -m
  "$@" >"$work/out" 2>&1 &
  job=$!
  set +m
}

# outcome [SIGNAL]: waits for what is in the background, which is sent the signal as a terminal would, shows what it said, and
# sets ended to its code.
outcome() {
  ended=0
  if (($# > 0)); then kill "-$1" -- "-$job" || true; fi
  wait "$job" || ended=$?
  cat "$work/out"
  say "ended with $ended"
}

# What is in the background is of no use any more, since something else has failed.
abandon() {
  outcome INT
  return 1
}

step_killed() {
  local job ended
  in_background load killed
  await_text "$work/out" 'begin together' || abandon || return
  sleep 6 # of its ten seconds, four of which pass before it begins
  kube delete pod --selector 'hopcost/run=killed,batch.kubernetes.io/job-completion-index=2' --grace-period 1 --wait=false ||
    abandon || return
  outcome
  ((ended == 2)) || return
  grep --quiet '^lost: share 3 of 4 (killed-2-' "$work/out" || return
  grep --quiet '^3 of 4 shares' "$work/out" || return
  add_up killed || return
  nothing_left
}

# Ctrl-C while the shares send: what each has sent until then is here.
step_stopped() {
  local job ended
  in_background load stopped
  await_text "$work/out" 'begin together' || abandon || return
  sleep 9 # of its ten seconds, four of which pass before it begins
  outcome INT
  ((ended == 130)) || return
  grep --quiet '^4 of 4 shares' "$work/out" || return
  jq --exit-status '.cut_short and .counters.ok > 100 and .counters.sent < 1800' "$work/stopped/run.json" || return
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

# An account of the cluster that may do nothing. Its token is in files that only this user reads, and that step_refused removes.
powerless() {
  local config=$work/powerless.kubeconfig
  rm -f "$work"/powerless*
  "$cluster" kubectl create serviceaccount powerless --namespace default --dry-run=client --output json |
    "$cluster" kubectl apply --filename - || return
  (
    umask 077
    "$cluster" kubectl --namespace default create token powerless >"$config.token" &&
      "$cluster" kubectl config view --raw --minify --flatten --output json |
      jq --rawfile token "$config.token" '.users[].user = {token: ($token | rtrimstr("\n"))}' >"$config"
  ) || return
  printf '#!/bin/sh\nexec %q kubectl --kubeconfig %q "$@"\n' "$cluster" "$config" >"$work/powerless"
  chmod +x "$work/powerless"
}

# A server that goes away for as long as there is a file.
losable() {
  printf '#!/bin/sh\nif [ -e %q ]; then exec %q "$@"; fi\nexec %q "$@"\n' \
    "$work/server-lost" "$work/unreachable" "$work/kubectl" >"$work/losable"
  chmod +x "$work/losable"
}

# What was measured then is nowhere else: it stays, and the script says how to look at it and how to remove it.
lost_server() {
  local job ended status=0
  losable
  rm -rf "$work/server-lost" "$work/lost-run"
  in_background deploy/run_shards.sh --kubectl "$work/losable" --namespace "$namespace" --shards 2 --cpu 200m --name lost \
    --output "$work/lost-run" -- http://vllm-server:8000 --model mock-model --rate 20/s --duration 60s
  say 'a server that is lost:'
  if await_text "$work/out" 'begin together' && touch "$work/server-lost" && await_text "$work/out" 'has not answered'; then
    outcome
    ((ended == 69)) || status=1
  else
    abandon || status=1
  fi
  rm -f "$work/server-lost" # it is back
  remove_as_told || status=1
  return "$status"
}

remove_as_told() {
  local status=0
  grep --quiet "delete job lost" "$work/out" || status=1
  grep --quiet "rm -r /requests/lost" "$work/out" || status=1
  kube exec "$launcher" -- ls /requests/lost/start || status=1
  kube delete job lost --wait --timeout 60s || status=1
  kube wait --for=delete pods --selector hopcost/run=lost --timeout 60s || status=1
  kube exec "$launcher" -- rm -rf /requests/lost || status=1
  return "$status"
}

step_refused() {
  local status=0
  refusals || status=$?
  rm -f "$work"/powerless*
  return "$status"
}

refusals() {
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
  left=$(kube get all,pvc,configmaps,secrets --output name) || return
  left=$(sed '/kube-root-ca.crt$/d' <<<"$left")
  say "left: ${left:-nothing}"
  [[ -z $left ]]
}

step_many() {
  local status=0
  spread || status=1
  kube delete job many --ignore-not-found --wait --timeout 60s || status=1
  "$cluster" fake 0 || status=1
  return "$status"
}

# No node has more than one share more than another.
spread() {
  "$cluster" fake 20 || return
  shard_job many 50 600 "hopcost/loadgen:$tag" 1 http://vllm-server:8000 |
    kube create --dry-run=client --filename - --output json |
    jq '.spec.template.spec += {nodeSelector: {type: "kwok"}, tolerations: [{key: "kwok.x-k8s.io/node", operator: "Exists"}]}' |
    kube create --filename - || return
  kube wait --for=condition=Complete job/many --timeout 120s || return
  kube get pods --selector hopcost/run=many --output json | jq --exit-status '
    [.items[].spec.nodeName] | group_by(.) | map(length) | length == 20 and (max - min <= 1) and add == 50'
}
