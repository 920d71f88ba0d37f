#!/usr/bin/env bash
# Tries deploy/ on a real Kubernetes of two nodes, made on this machine for the purpose.
set -euo pipefail
. "$(dirname "${BASH_SOURCE[0]}")/lib.sh"
. "$(dirname "${BASH_SOURCE[0]}")/../deploy/lib.sh"
. "$(dirname "${BASH_SOURCE[0]}")/../tests/kubernetes/deploy_steps.sh"
. "$(dirname "${BASH_SOURCE[0]}")/../tests/kubernetes/engine_steps.sh"
. "$(dirname "${BASH_SOURCE[0]}")/../tests/kubernetes/run_only_steps.sh"
. "$(dirname "${BASH_SOURCE[0]}")/../tests/kubernetes/slow_stacks.sh"

usage() {
  cat <<'END'
usage: scripts/kubernetes.sh [--keep] [--no-build] [STEP...]

Builds what is missing (Kubernetes from its Go modules, images by buildah from a debootstrap base: twenty minutes on two
cores, once; 7 GB of build/, and buildah's layers), starts a cluster in network namespaces (tests/kubernetes/cluster.sh), and
runs the steps in order:

  static    every overlay, and the Job of the shards, against Kubernetes' own schemas, strictly; images of this version
  dry_run   the same, asked of the API server; a warning fails
  apply     deploy/apply.sh: two backends, two instances of each stack, all ready
  paired    overhead run --on kubernetes, nginx and the reference proxy, two of each on two backends; no verdict, for
            both nodes are one machine; workers are set, and seen in each pod
  lost      a pod that is killed in the second restart: the run says so, and keeps the first
  shards    deploy/run_shards.sh: four pods, one load; counts are the sum of theirs, percentiles those of all requests
  killed    the same with a pod that is killed on the way: what the others measured is kept, and it is said
  stopped   and with Ctrl-C: what they had measured is here, nothing is left
  refused   an image that is not there, a pod that fits nowhere, a volume that is not to be had, an account without
            rights: each says what to look at, and leaves nothing behind; an API server that is lost: what was measured stays
  run_only  llm-d's run_only.sh from its template: two launcher pods, the gateway by its label, results copied back
  dataset   the same with a dataset_url: fetched here, sent there
  interrupted  and with Ctrl-C: what was measured is copied back, the launcher is gone
  guidellm  Llama Stack's run-guidellm-benchmark.sh and its charts
  methods   llm-d-benchmark's standup.sh, run.sh, teardown.sh by standalone, and e2e.sh by modelservice
  many      20 simulated nodes, 50 shares: scheduled and spread
  teardown  deploy/teardown.sh leaves nothing

and, only where it is named (after apply):

  slow_stacks  OGX and LiteLLM: images of 1.3 GB, paired runs with one and two workers; needs Python 3.12 for OGX's

Options:
  --keep      leave the cluster (build/kubernetes/kubectl ...; tests/kubernetes/cluster.sh down)
  --no-build  with what was built before: Kubernetes and images
  STEP...     only these
  -h, --help

Figures of these runs are functional, not benchmarks: two nodes share this machine's CPUs. Needs root and Go 1.24.
Logs: build/kubernetes/log. The last line is `N passed, M failed, K skipped`.
Exit: 0 nothing failed, 1 something failed, 64 usage.
END
}

readonly work=$HOPCOST_ROOT/build/kubernetes
readonly cluster=$HOPCOST_ROOT/tests/kubernetes/cluster.sh
readonly namespace=hopcost-test
readonly tag=$release
readonly images=(mockserver loadgen overhead reference_proxy nginx)
readonly programs=$work/programs # those of the images
readonly overlays=(mock standalone modelservice full test)

keep=false
build=true
steps=()
passed=0
failed=0

parse_options() {
  while (($# > 0)); do
    case $1 in
      --keep) keep=true ;;
      --no-build) build=false ;;
      -h | --help) usage && exit 0 ;;
      -*) usage_error "unknown option $1" ;;
      *)
        declare -F "step_$1" >/dev/null || usage_error "there is no step '$1'"
        steps+=("$1")
        ;;
    esac
    shift
  done
  if ((${#steps[@]} == 0)); then steps=(static dry_run apply paired lost shards killed stopped refused run_only dataset interrupted guidellm methods many teardown); fi
}

kube() { "$cluster" kubectl --namespace "$namespace" "$@"; }

# What deploy/'s scripts call in place of kubectl; and one whose server is not there.
write_kubectl() {
  printf '#!/bin/sh\nexec %q kubectl "$@"\n' "$cluster" >"$work/kubectl"
  printf '#!/bin/sh\nexec %q kubectl --server https://127.0.0.1:1 "$@"\n' "$cluster" >"$work/unreachable"
  chmod +x "$work/kubectl" "$work/unreachable"
}

# --- what is built once ---

# As Debian's own image of that name: without what nobody reads in a container.
base_image() {
  local container debian=$work/debian
  if buildah inspect localhost/debian:bookworm-slim >/dev/null 2>&1; then return; fi
  debootstrap --variant=minbase bookworm "$debian" >"$work/log/debootstrap" 2>&1 || return
  rm -rf "$debian"/var/cache/apt/* "$debian"/var/lib/apt/lists/* "$debian"/var/log/* \
    "$debian"/usr/share/{doc,info,locale,man}/*
  container=$(buildah from scratch)
  buildah add --quiet "$container" "$debian" / >/dev/null
  buildah commit --quiet --rm "$container" localhost/debian:bookworm-slim >/dev/null
  rm -rf "$debian"
}

# build_image NAME: what did not change comes out of buildah's layers; of what did, ccache knows most.
build_image() {
  local name=$1 id options=(--isolation chroot --layers --pull-never --volume "$work/ccache:/ccache")
  local authorities=/etc/ssl/certs/ca-certificates.crt trusted=/run/authorities.crt
  if [[ -e $authorities ]]; then
    # As this machine trusts them: npm and pip inside would not know a network's own.
    options+=(--volume "$authorities:$trusted:ro" --build-arg "NODE_EXTRA_CA_CERTS=$trusted" --build-arg "PIP_CERT=$trusted")
  fi
  mkdir -p "$work/ccache" "$work/images"
  buildah bud "${options[@]}" --target "$name" --file deploy/Dockerfile --tag "localhost/hopcost/$name:$tag" . \
    >"$work/log/image-$name" 2>&1 || return
  id=$(buildah inspect --type image --format '{{.FromImageID}}' "localhost/hopcost/$name:$tag") || return
  if [[ -e $work/images/$name.tar && $(cat "$work/images/$name.id" 2>/dev/null) == "$id" ]]; then return; fi
  rm -f "$work/images/$name".*
  buildah push --quiet "localhost/hopcost/$name:$tag" \
    "docker-archive:$work/images/$name.tar:docker.io/hopcost/$name:$tag" || return
  echo "$id" >"$work/images/$name.id"
}

build_images() {
  local name
  base_image || return
  for name in "${images[@]}"; do
    build_image "$name" || return
    say "image $name: $(stat --format %s "$work/images/$name.tar" | awk '{ printf "%.0f MB", $1 / 1e6 }'), not compressed"
  done
}

load_images() { # load_images NAME...: onto every node
  local files=("${@/#/$work/images/}")
  "$cluster" load "${files[@]/%/.tar}"
}

# The same programs that the images have.
copy_programs() {
  local container folder
  container=$(buildah from --pull-never "localhost/hopcost/overhead:$tag") || return
  folder=$(buildah mount "$container") || return
  rm -rf "$programs"
  cp --archive "$folder/opt/hopcost/bin" "$programs" || return
  buildah rm "$container" >/dev/null
}

build_all() {
  timed 'Kubernetes' "$cluster" build >"$work/log/build" 2>&1 || return
  timed 'images' build_images || return
  copy_programs
}

main() {
  local step
  heed_interrupts "$@"
  parse_options "$@"
  cd "$HOPCOST_ROOT"
  if ((EUID != 0)); then
    say 'skipped: only root can make network namespaces and containers'
    say '0 passed, 0 failed, 1 skipped'
    return
  fi
  mkdir -p "$work/log"
  if $build; then build_all || die 1 "cannot be built: see $work/log"; fi
  export PATH=$programs:$PATH # deploy/'s scripts ask overhead what there is
  write_kubectl
  "$cluster" down
  if ! $keep; then trap '"$cluster" down' EXIT; fi
  timed 'the cluster' "$cluster" up 2
  timed 'images to the nodes' load_images "${images[@]}"
  for step in "${steps[@]}"; do
    if timed "$step" "step_$step" >"$work/log/$step" 2>&1; then
      say "$step: passed"
      passed=$((passed + 1))
    else
      say "$step: FAILED"
      tail -n 30 "$work/log/$step"
      failed=$((failed + 1))
    fi
  done
  say "$passed passed, $failed failed, 0 skipped"
  ((failed == 0))
}

main "$@"
