# shellcheck shell=bash disable=SC2154  # what is named here is scripts/kubernetes.sh's
# The step of scripts/kubernetes.sh that has stacks which are other people's programs: OGX and LiteLLM.

# In the place of Docker's own python:3.12-slim-bookworm, which OGX wants: Debian 12 has 3.11, this machine may have it.
python_image() {
  local container program prefix
  if buildah inspect localhost/python:3.12-slim-bookworm >/dev/null 2>&1; then return; fi
  program=$(find_python ensurepip 12) || { complain "there is no Python 3.12 on this machine" && return 1; }
  prefix=$("$program" -c 'import sys; print(sys.base_prefix)') || return
  container=$(buildah from --pull-never localhost/debian:bookworm-slim) || return
  buildah add --quiet "$container" "$prefix" /usr/local >/dev/null || return
  buildah run --isolation chroot "$container" -- sh -c '
    apt-get update && apt-get install -y --no-install-recommends ca-certificates libbz2-1.0 libffi8 liblzma5 libncursesw6 \
      libreadline8 libsqlite3-0 libssl3 zlib1g && rm -rf /var/lib/apt/lists/* /usr/local/lib/python3.12/site-packages/* \
      && ldconfig && python3 -m ensurepip' || return
  buildah commit --quiet --rm "$container" localhost/python:3.12-slim-bookworm >/dev/null
}

# The full overlay for two small nodes: those two have a CPU each, the other stacks rest.
slow_overlay() {
  small_overlay full "$1"
  cat >>"$1/kustomization.yaml" <<'END'
replicas:
  - {name: stack-nginx, count: 0}
  - {name: stack-reference, count: 0}
patches:
  - target: {kind: Deployment, labelSelector: "hopcost/stack in (ogx, litellm)"}
    patch: |
      - {op: replace, path: /spec/template/spec/containers/0/resources/requests/cpu, value: "1"}
      - {op: replace, path: /spec/template/spec/containers/0/resources/limits/cpu, value: "1"}
END
}

# Paired runs through each with one worker and two, by their own model name and key; then Llama Stack's benchmark as it is
# without options for what to measure: OGX.
step_slow_stacks() {
  local stack overlay=$work/overlay-slow
  base_image || return # also with --no-build
  python_image || return
  for stack in ogx litellm; do build_image "$stack" || return; done
  load_images ogx litellm || return
  rm -rf "$overlay"
  slow_overlay "$overlay" || return
  deploy/apply.sh --kubectl "$work/kubectl" --namespace "$namespace" --overlay "$overlay" --wait 300s || return
  for stack in ogx litellm; do
    uncounted "slow-$stack" 1 --stack "$stack" --workers 1,2 --streaming both --restarts 2 --min-pass 1s --quiet || return
    jq --exit-status '(.failures | length == 0)
      and (.cells | length == 4 and all(.state == "no verdict" and (.passes | length == 12 and all(.ok > 0 and .failures == {}))
        and .workers_seen.seen == [.workers] and .cpu_per_request_ns.value > 0))' "$work/slow-$stack/run.json" || return
  done
  rm -rf "$work/guidellm-ogx"
  on_cluster scripts/run-guidellm-benchmark.sh --on kubernetes --max-seconds 3 --rate-type concurrent --rate "1,2" \
    --prompt-tokens 16 --output-tokens 8 --bin "$programs" --output "$work/guidellm-ogx" || (($? == 2)) || return
  jq --exit-status '.benchmarks | length == 2 and all(.metrics.request_totals.successful > 0)' "$work/guidellm-ogx/benchmarks.json"
}
