#!/usr/bin/env bash
# llm-d's run_only.sh on this engine: drives an endpoint that runs with the workloads of a config.yaml, from this machine
# or from within the endpoint's cluster.
set -euo pipefail
. "$(dirname "${BASH_SOURCE[0]}")/lib.sh"
. "$(dirname "${BASH_SOURCE[0]}")/servers.sh"

usage() {
  cat <<'END'
usage: scripts/run_only.sh -c FILE [options]

Options:
  -c, --config FILE      config.yaml with endpoint, control, harness, env and workload
  --override KEY=VALUE   A value of every workload, such as data.shared_prefix.output_len=64 (repeatable)
  --time-scale X         Stages become so many times as long: 0.1 for a trial
  --on PLACE             here or kubernetes; else a file with harness.image runs on Kubernetes
  --keep-launchers       On Kubernetes: leave the launcher pods, to look at the results from
  --bin DIR              Take the programs of that folder instead of building them (release)
  --no-install           Install nothing
  -h, --help

Variables in the file ($NAME, ${NAME}) are filled in from the environment. Each workload leaves a folder
HARNESS_EPOCH_WORKLOAD_STACK in control.work_dir (without it in a new temporary folder): lifecycle metrics, a benchmark
report a stage, the workload, pictures in analysis/, stdout.log, stderr.log. docs/workflows.md has the keys.

On Kubernetes launcher pods (lmdbench-HARNESS-EPOCH-launcher) send the workloads; results lie on harness.results_pvc under
/requests, and are copied to control.work_dir. A file that says ${GATEWAY_SVC} where that is not set gets the Service of the
gateway GATEWAY_NAME in NAMESPACE. docs/kubernetes.md has the whole way.
Exit: 0 sent, 2 the figures of a workload do not count, 64 usage, 69 the endpoint or the harness failed, 130 stopped.
END
}

# find_gateway FILE: sets GATEWAY_SVC where the file wants it and only the gateway's name is known.
find_gateway() {
  local kubectl found
  # shellcheck disable=SC2016  # the text in the file
  if [[ -n ${GATEWAY_SVC:-} || -z ${GATEWAY_NAME:-} ]] || ! grep --quiet 'GATEWAY_SVC' "$1"; then return; fi
  kubectl=$(sed -nE 's/^ *kubectl: *([^ #]+).*/\1/p' "$1" | head -n 1)
  found=$("${kubectl:-kubectl}" get services --namespace "${NAMESPACE:?the namespace of the gateway}" \
    --selector "gateway.networking.k8s.io/gateway-name=$GATEWAY_NAME" --no-headers \
    --output custom-columns=:metadata.name) || die 69 "the Service of the gateway $GATEWAY_NAME cannot be asked for"
  if [[ $(grep --count . <<<"$found") == 1 ]]; then
    say "using gateway service '$found' on namespace '$NAMESPACE'"
  else
    say "Warning: not exactly one Service of a gateway '$GATEWAY_NAME': ${found:-none}"
    say "See '${kubectl:-kubectl} get services --namespace $NAMESPACE', and set GATEWAY_SVC."
    found=$(head -n 1 <<<"$found")
  fi
  export GATEWAY_SVC=$found
}

main() {
  local arguments=() config='' binaries='' install=true
  while (($# > 0)); do
    case $1 in
      -h | --help) usage && exit 0 ;;
      --no-install) install=false ;;
      --keep-launchers) arguments+=("$1") ;;
      -*)
        if (($# < 2)); then usage_error "$1 needs a value"; fi
        case $1 in
          -c | --config) config=$2 ;;
          --override | --time-scale | --on) arguments+=("$1" "$2") ;;
          --bin) binaries=$(cd "$2" && pwd -P) || usage_error "--bin: no folder $2" ;;
          *) usage_error "unknown option $1" ;;
        esac
        shift
        ;;
      *) usage_error "unknown argument $1" ;;
    esac
    shift
  done
  if [[ -z $config ]]; then usage_error "-c FILE is missing: a config.yaml"; fi
  config=$(realpath "$config")
  find_gateway "$config"
  cd "$HOPCOST_ROOT"
  build_programs
  exec "$binaries/overhead" run-only --config "$config" ${arguments[@]+"${arguments[@]}"}
}

main "$@"
