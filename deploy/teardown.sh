#!/usr/bin/env bash
# Removes from a namespace all that deploy/apply.sh and the runs have put there.
set -euo pipefail
. "$(dirname "${BASH_SOURCE[0]}")/../scripts/lib.sh"
. "$(dirname "${BASH_SOURCE[0]}")/lib.sh"

usage() {
  cat <<END_OF_USAGE
usage: deploy/teardown.sh [OPTION...]

Removes what is labelled app.kubernetes.io/part-of=hopcost, and waits until it is gone. Nothing else is touched.

Options:
$KUBE_OPTIONS
  --keep-results        Leave workload-pvc
  --delete-namespace    The namespace as well, where apply.sh made it
  --wait TIME           (default 120s)
  -h, --help

Exit: 0 nothing of it is left, 64 usage, 69 the cluster cannot be reached, does not allow it, or something is still there.
END_OF_USAGE
}

keep_results=false
delete_namespace=false
wait=120s

parse_options() {
  while (($# > 0)); do
    case $1 in
      -h | --help) usage && exit 0 ;;
      --keep-results) keep_results=true ;;
      --delete-namespace) delete_namespace=true ;;
      -*)
        if (($# < 2)); then usage_error "$1 needs a value"; fi
        case $1 in
          --wait) wait=$2 ;;
          *) kube_option "$1" "$2" || usage_error "unknown option $1" ;;
        esac
        shift
        ;;
      *) usage_error "unknown argument $1" ;;
    esac
    shift
  done
}

readonly ours=app.kubernetes.io/part-of=hopcost

delete_own_namespace() {
  local found
  found=$("$kube" get namespaces --selector "$ours" --field-selector "metadata.name=$namespace" --output name) ||
    die "$EXIT_UNREACHABLE" "whether the namespace $namespace is apply.sh's cannot be looked up: see above"
  if [[ -z $found ]]; then return; fi
  "$kube" delete namespace "$namespace" --wait --timeout "$wait" ||
    die "$EXIT_UNREACHABLE" "the namespace $namespace is still there after $wait"
}

main() {
  local kinds=jobs,deployments,pods,services,configmaps left
  parse_options "$@"
  check_cluster
  may delete deployments
  # Keys of stacks, where there are any; who may not touch secrets has made none.
  if in_namespace auth can-i delete secrets --quiet >/dev/null 2>&1; then kinds+=,secrets; fi
  in_namespace delete "$kinds" --selector "$ours" --wait --timeout "$wait" --ignore-not-found ||
    die "$EXIT_UNREACHABLE" "not all of it could be deleted in $wait: see above"
  # The pods of Jobs and Deployments go after them.
  in_namespace wait --for=delete pods --selector "$ours" --timeout "$wait" >/dev/null 2>&1 || true
  if ! $keep_results; then
    in_namespace delete pvc --selector "$ours" --wait --timeout "$wait" --ignore-not-found ||
      die "$EXIT_UNREACHABLE" "workload-pvc could not be deleted in $wait: see above (--keep-results leaves it)"
    kinds+=,pvc
  fi
  left=$(in_namespace get "$kinds" --selector "$ours" --output name) ||
    die "$EXIT_UNREACHABLE" "what is left cannot be looked up: see above"
  if [[ -n $left ]]; then die "$EXIT_UNREACHABLE" "still there after $wait: ${left//$'\n'/, }"; fi
  if $delete_namespace; then delete_own_namespace; fi
  say "nothing of hopcost is left in the namespace $namespace"
}

main "$@"
