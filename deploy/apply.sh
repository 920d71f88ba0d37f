#!/usr/bin/env bash
# Mock backends, stacks and a launcher in a namespace of a cluster.
set -euo pipefail
. "$(dirname "${BASH_SOURCE[0]}")/../scripts/lib.sh"
. "$(dirname "${BASH_SOURCE[0]}")/lib.sh"

usage() {
  cat <<END_OF_USAGE
usage: deploy/apply.sh [OPTION...]

Applies an overlay, and waits until every part of it is ready: has given a valid completion.

Options:
  --overlay NAME        One of deploy/overlays, or a folder (default mock)
$KUBE_OPTIONS
  --bin DIR             Where overhead is (default: build/release/bin, else the PATH)
  --images PREFIX       Where the images are: PREFIX/mockserver, PREFIX/overhead, ... (default: hopcost, on the nodes)
  --tag TAG             (default: the overlay's, $release)
  --pvc-size SIZE       Of workload-pvc, which has to be ReadWriteMany (default 20Gi)
  --storage-class NAME  Of the same (default: the cluster's)
  --wait TIME           (default 300s)
  --dry-run             Only ask the cluster whether it would take it (in a namespace that is made where it is not there)
  -h, --help

The namespace is made where it is not there, with Pod Security "restricted". What was applied before and is no more in
the overlay stays: deploy/teardown.sh removes all of it.
Where a part does not come up, the reason is said, and all of it stays to be looked at (deploy/teardown.sh removes it).
Exit: 0 all is ready, 64 usage, 69 the cluster cannot be reached, it is not allowed, or a part does not come up.
END_OF_USAGE
}

overlay=mock
images=hopcost
tag=
pvc_size=20Gi
storage_class=
wait=300s
dry_run=false

parse_options() {
  while (($# > 0)); do
    case $1 in
      -h | --help) usage && exit 0 ;;
      --dry-run) dry_run=true ;;
      -*)
        if (($# < 2)); then usage_error "$1 needs a value"; fi
        case $1 in
          --overlay) overlay=$2 ;;
          --images) images=$2 ;;
          --tag) tag=$2 ;;
          --pvc-size) pvc_size=$2 ;;
          --storage-class) storage_class=$2 ;;
          --wait) wait=$2 ;;
          *) kube_option "$1" "$2" || usage_error "unknown option $1" ;;
        esac
        shift
        ;;
      *) usage_error "unknown argument $1" ;;
    esac
    shift
  done
  if [[ ! -d $overlay ]]; then overlay=$HOPCOST_ROOT/deploy/overlays/$overlay; fi
  if [[ ! -f $overlay/kustomization.yaml ]]; then usage_error "--overlay: no kustomization.yaml in $overlay"; fi
}

# The overlay with the images, the size and the class that were asked for.
rendered() {
  local tagged='\4'
  if [[ -n $tag ]]; then tagged=:$tag; fi
  "$kube" kustomize "$overlay" |
    sed -E -e "s|^( *(- )?image: )hopcost/([a-z_]+)(:.*)?$|\1$images/\3$tagged|" \
      -e "/^ *storage: /s|storage: .*|storage: $pvc_size|" |
    if [[ -n $storage_class ]]; then
      sed "s|^  accessModes:|  storageClassName: $storage_class\n  accessModes:|"
    else
      cat
    fi
}

# Who may not look whether it is there is taken at his word that it is.
make_namespace() {
  local said limit=$((SECONDS + 30))
  if said=$("$kube" get namespace "$namespace" 2>&1 >/dev/null) || [[ $said == *Forbidden* ]]; then return; fi
  said=$("$kube" create --filename - 2>&1 <<END
apiVersion: v1
kind: Namespace
metadata:
  name: $namespace
  labels:
    pod-security.kubernetes.io/enforce: restricted
    pod-security.kubernetes.io/warn: restricted
    app.kubernetes.io/part-of: hopcost
END
  ) || die "$EXIT_UNREACHABLE" "the namespace $namespace is not there, and cannot be made: ${said##*$'\n'}"
  # A pod without a Deployment is refused until the namespace has its account.
  until in_namespace get serviceaccount default >/dev/null 2>&1; do
    if ((SECONDS >= limit)); then die "$EXIT_UNREACHABLE" "the namespace $namespace gets no service account"; fi
    sleep 0.2
  done
}

delete_launcher() {
  in_namespace delete pod "$launcher" --wait --timeout "$wait" ||
    die "$EXIT_UNREACHABLE" "$launcher has to be made anew, and could not be deleted in $wait: see above"
}

# Little of a pod can be changed: one that is to be another is made anew.
make_way_for_launcher() {
  local said
  said=$(rendered | in_namespace apply --dry-run=server --selector "app=$launcher" --filename - 2>&1 >/dev/null) || true
  if [[ $said == *'may not change'* ]]; then delete_launcher; fi
}

# Sets said: what the cluster says of each part.
apply_all() {
  said=$(rendered | in_namespace apply --filename -) || die "$EXIT_UNREACHABLE" "the cluster does not take it: see above"
  printf '%s\n' "$said"
}

# Its variables are the keys as they were when it started.
give_launcher_keys() {
  if [[ $said != *'secret/stack-keys '@(created|configured)* || $said != *"pod/$launcher unchanged"* ]]; then return; fi
  say "$launcher is made anew, for the keys of the Secret stack-keys"
  delete_launcher
  apply_all
}

main() {
  local said
  parse_options "$@"
  check_cluster
  make_namespace
  may create deployments
  may create pods
  if $dry_run; then
    rendered | in_namespace apply --dry-run=server --validate=strict --filename - ||
      die "$EXIT_UNREACHABLE" "the cluster would not take it: see above"
    return
  fi
  make_way_for_launcher
  apply_all
  give_launcher_keys
  look --wait "$wait"
}

main "$@"
