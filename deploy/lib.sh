# shellcheck shell=bash
# What the scripts of this folder share. Source it after scripts/lib.sh.
# shellcheck disable=SC2034  # they are used by those who source it

readonly EXIT_UNREACHABLE=69
readonly launcher=lmdbench-hopcost-launcher
# Of the images too; deploy/components/version says it for the overlays.
release=$(sed -n 's/^project(hopcost VERSION \([^ ]*\).*/\1/p' "$HOPCOST_ROOT/CMakeLists.txt")
readonly release

kube=kubectl
namespace=hopcost
programs=
readonly KUBE_OPTIONS="  -n, --namespace NS    (default hopcost)
  --kubectl PROGRAM     kubectl (default) or oc; its current context is used, and no other credentials"

# in_namespace ARGUMENT...: kubectl there.
in_namespace() { "$kube" --namespace "$namespace" "$@"; }

# kube_option NAME VALUE: whether it was one of KUBE_OPTIONS.
kube_option() {
  case $1 in
    -n | --namespace) namespace=$2 ;;
    --kubectl) kube=$2 ;;
    --bin) programs=$2 ;;
    *) return 1 ;;
  esac
}

check_cluster() {
  have "$kube" || die "$EXIT_UNREACHABLE" "$kube is not installed: https://kubernetes.io/docs/tasks/tools"
  local said
  if ! said=$("$kube" version --request-timeout 10s 2>&1 </dev/null); then
    die "$EXIT_UNREACHABLE" "the cluster of the current context does not answer ($kube version): ${said##*$'\n'}"
  fi
}

# may VERB RESOURCE: ends with what to ask for where it is not allowed.
may() {
  in_namespace auth can-i "$1" "$2" --quiet 2>/dev/null ||
    die "$EXIT_UNREACHABLE" "not allowed to $1 $2 in the namespace $namespace: ask for it, or take another one (--namespace)"
}

# look [OPTION...]: what there is, and what keeps the rest from running: `overhead cluster`, as it was built here or installed.
look() {
  local program=${programs:-$HOPCOST_ROOT/build/release/bin}/overhead
  if [[ ! -x $program ]]; then program=overhead; fi
  have "$program" || die "$EXIT_UNREACHABLE" "overhead is not built: scripts/quickstart.sh builds it (or --bin DIR)"
  "$program" cluster --namespace "$namespace" --kubectl "$kube" "$@"
}

# cannot WHAT SAID: ends with the last of what kubectl has said.
cannot() { die "$EXIT_UNREACHABLE" "cannot $1 in the namespace $namespace: ${2##*$'\n'}"; }

# scale SELECTOR REPLICAS [WORKERS]: the Deployments with these labels; workers by the variable of their first container.
scale() {
  local found said name container knob first=".spec.template.spec.containers[0]"
  found=$(in_namespace get deployments --selector "$1" --output \
    "jsonpath={range .items[*]}{.metadata.name} {$first.name} {$first.env[?(@.name=='WORKERS')].name}{'\n'}{end}") ||
    die "$EXIT_UNREACHABLE" "the Deployments labelled $1 in the namespace $namespace cannot be looked up: see above"
  if [[ -z $found ]]; then
    die "$EXIT_UNREACHABLE" "no Deployment is labelled $1 (deploy/apply.sh makes it):" \
      "see '$kube --namespace $namespace get deployments --show-labels'"
  fi
  while [[ -n ${3:-} ]] && read -r name container knob; do
    if [[ -n $knob ]]; then
      said=$(in_namespace set env "deployment/$name" --containers "$container" "WORKERS=$3" 2>&1 </dev/null) ||
        cannot "set the workers of $name" "$said"
    elif [[ $3 != 1 ]]; then
      usage_error "deployment/$name: its container $container has no variable WORKERS: it has no knob for $3 workers"
    fi
  done <<<"$found"
  said=$(in_namespace scale deployments --selector "$1" --replicas "$2" 2>&1) || cannot "scale the Deployments labelled $1" "$said"
}

# service_url SELECTOR: of the one Service with these labels, for pods of any namespace.
service_url() {
  local found
  found=$(in_namespace get services --selector "$1" --output \
    "jsonpath={range .items[*]}http://{.metadata.name}.$namespace.svc.cluster.local:{.spec.ports[0].port}{'\n'}{end}") ||
    die "$EXIT_UNREACHABLE" "the Services labelled $1 in the namespace $namespace cannot be looked up: see above"
  if [[ $(grep --count . <<<"$found") != 1 ]]; then
    die "$EXIT_UNREACHABLE" "not exactly one Service is labelled $1 in the namespace $namespace (deploy/apply.sh makes it)"
  fi
  echo "$found"
}

# annotation SELECTOR NAME: of the Deployment with these labels, such as hopcost/model; nothing where it has none.
annotation() {
  in_namespace get deployments --selector "$1" --output "jsonpath={.items[0].metadata.annotations.$2}" ||
    die "$EXIT_UNREACHABLE" "the Deployment labelled $1 in the namespace $namespace cannot be looked up: see above"
}

# shard_job NAME SHARDS DEADLINE IMAGE CPUS ARGUMENT...: the Job of run_shards.sh, its values filled in; loadgen's arguments
# as JSON texts, which YAML takes as they are.
shard_job() {
  local value lines=
  for value in "${@:6}"; do lines+="            - $(jq --null-input --arg v "$value" '$v')"$'\n'; done
  # shellcheck disable=SC2016  # envsubst reads the names
  NAME=$1 SHARDS=$2 DEADLINE=$3 IMAGE=$4 CPU=$5 ARGUMENTS=${lines#            } \
    envsubst '$NAME $SHARDS $DEADLINE $IMAGE $CPU $ARGUMENTS' <"$HOPCOST_ROOT/deploy/shards/job.yaml"
}
