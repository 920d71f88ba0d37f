#!/usr/bin/env bash
# Stands a stack and its backends up, here or on Kubernetes, and leaves them running, for scripts/run.sh and
# scripts/teardown.sh.
set -euo pipefail
. "$(dirname "${BASH_SOURCE[0]}")/lib.sh"
. "$(dirname "${BASH_SOURCE[0]}")/servers.sh"
. "$(dirname "${BASH_SOURCE[0]}")/standing.sh"
. "$(dirname "${BASH_SOURCE[0]}")/../deploy/lib.sh"

usage() {
  cat <<END
usage: scripts/standup.sh [options]

Options:
  -c, --scenario NAME    An environment of configs/environments, or a file (default: cpu)
  -t, --methods METHOD   modelservice: backends and a stack in front of them (default); standalone: backends alone
  --on PLACE             here (default) or kubernetes: the overlay of deploy/overlays that has the method's name
$KUBE_OPTIONS
  --overlay DIR          On Kubernetes: another overlay
  --images PREFIX        The same: where the images are (deploy/apply.sh --help)
  --set NAME=VALUE       Instead of the environment's value (repeatable)
  --state FILE           Where what stands is written down (default: results/standup.state)
  --bin DIR              Take the programs of that folder instead of building them (release)
  --no-install           Install nothing
  -h, --help

An environment is lines of NAME=VALUE: HOPCOST_STACK, HOPCOST_STACK_WORKERS, HOPCOST_STACK_REPLICAS,
HOPCOST_BACKEND_REPLICAS, HOPCOST_BACKEND_CONFIG, HOPCOST_MODEL, HOPCOST_ACCELERATOR; a variable that is set already
goes before it. Some stacks want a key: set HOPCOST_STACK_KEY, here and for scripts/run.sh; it is written nowhere.

On Kubernetes HOPCOST_STACK names a Deployment by its label hopcost/stack; workers and replicas are set, the backends'
scenario is the overlay's.

Exit: 0 it stands, 64 usage, 69 it is not installed or did not come up, 75 something stands already.
END
}

scenario=cpu
method=modelservice
state=$default_state
place=here
overlay=
images=()
settings=()
binaries=
install=true
pid= # of what is started here

parse_options() {
  while (($# > 0)); do
    case $1 in
      -h | --help) usage && exit 0 ;;
      --no-install) install=false ;;
      -*)
        if (($# < 2)); then usage_error "$1 needs a value"; fi
        case $1 in
          -c | --scenario) scenario=$2 ;;
          -t | --methods) method=${2#llm-d-} ;;
          --on) place=$2 ;;
          --overlay) overlay=$(realpath "$2") ;;
          --images) images=("$1" "$2") ;;
          --set)
            if [[ $2 != HOPCOST_*=* ]]; then usage_error "--set: HOPCOST_NAME=VALUE, not '$2'"; fi
            settings+=("$2")
            ;;
          --state) state=$(realpath --canonicalize-missing "$2") ;;
          --bin) binaries=$(cd "$2" && pwd -P) || usage_error "--bin: no folder $2" ;;
          *) kube_option "$1" "$2" || usage_error "unknown option $1" ;;
        esac
        shift
        ;;
      *) usage_error "unknown argument $1" ;;
    esac
    shift
  done
  if [[ $method != modelservice && $method != standalone ]]; then
    usage_error "--methods: modelservice or standalone, not '$method'"
  fi
  if [[ $place != here && $place != kubernetes ]]; then usage_error "--on: here or kubernetes, not '$place'"; fi
}

# Sets the variables of the environment that are not set.
read_environment() {
  local file=$scenario line number=0
  if [[ $file != */* && $file != *.env ]]; then file=$HOPCOST_ROOT/configs/environments/$scenario.env; fi
  if [[ ! -r $file ]]; then
    usage_error "no environment '$scenario'; there are: $(cd "$HOPCOST_ROOT/configs/environments" && printf '%s ' *.env)"
  fi
  for line in ${settings[@]+"${settings[@]}"}; do export "${line?}"; done
  while IFS= read -r line || [[ -n $line ]]; do
    number=$((number + 1))
    if [[ -z $line || $line == \#* ]]; then continue; fi
    if ! [[ $line =~ ^(HOPCOST_[A-Z_]+)=(.*)$ ]]; then die "$EXIT_USAGE" "$file:$number: not HOPCOST_NAME=VALUE: $line"; fi
    if [[ -z ${!BASH_REMATCH[1]:-} ]]; then export "${BASH_REMATCH[1]}=${BASH_REMATCH[2]}"; fi
  done <"$file"
}

# await LOG PID PATTERN: until the process has written such a line.
await() {
  while ! grep --quiet "$3" "$1"; do
    if [[ -z $(began "$2") ]]; then
      cat "$1" >&2
      exit 69
    fi
    sleep 0.1
  done
}

say_its_name() {
  local stack=
  if [[ $method == modelservice ]]; then stack=-$HOPCOST_STACK; fi
  echo "stack_name $scenario-$method$stack"
}

# say_what_stands BEGAN_AT: the lines of a state that do not depend on where it is.
say_what_stands() {
  echo "method $method"
  say_its_name
  echo "accelerator ${HOPCOST_ACCELERATOR:-cpu}"
  echo "ready_s $(awk -v a="$1" -v b="$(date +%s.%N)" 'BEGIN { printf "%.2f", b - a }')"
}

# run.sh drives one address: several of a kind would want a balancer, which on Kubernetes the Services are.
one_address() {
  if [[ $method == modelservice && ${HOPCOST_STACK_REPLICAS:-1} != 1 ]]; then
    die "$EXIT_USAGE" "HOPCOST_STACK_REPLICAS=$HOPCOST_STACK_REPLICAS: here a stack has one instance" \
      "(haproxy-litellm and haproxy-fastapi are several behind a balancer: HOPCOST_STACK_WORKERS)"
  fi
  if [[ $method == standalone && ${HOPCOST_BACKEND_REPLICAS:-1} != 1 ]]; then
    die "$EXIT_USAGE" "HOPCOST_BACKEND_REPLICAS=$HOPCOST_BACKEND_REPLICAS: here standalone is one backend"
  fi
}

# In a session of its own, so that it outlives this script and its terminal's Ctrl-C; until all of it stands it ends with
# this script.
stand_up() {
  local log=$state.log config=${HOPCOST_BACKEND_CONFIG:-configs/backends/vllm-like.yaml} began_at
  one_address
  : >"$log"
  began_at=$(date +%s.%N)
  trap give_up EXIT
  if [[ $method == modelservice ]]; then
    setsid "$binaries/overhead" stacks --start "$HOPCOST_STACK" --workers "${HOPCOST_STACK_WORKERS:-1}" \
      --backend-replicas "${HOPCOST_BACKEND_REPLICAS:-1}" --backend-config "$config" --output "$state.logs" \
      >"$log" 2>&1 </dev/null &
    pid=$!
    await "$log" "$pid" '^ready'
  else
    setsid "$binaries/mockserver" --listen 127.0.0.1:0 --replicas "${HOPCOST_BACKEND_REPLICAS:-1}" --config "$config" \
      --model "${HOPCOST_MODEL:-mock-model}" >"$log" 2>&1 </dev/null &
    pid=$!
    await "$log" "$pid" '^listening on'
  fi
  {
    echo "pid $pid"
    echo "began $(began "$pid")"
    say_what_stands "$began_at"
    if [[ $method == modelservice ]]; then
      sed -n 's/^stack /service modelservice /p; s/^backend /service standalone /p; /^model /p; /^header /p' "$log"
    else
      echo "model ${HOPCOST_MODEL:-mock-model}"
      sed -n 's/^listening on \(http:[^ ]*\)$/service standalone \1/p' "$log"
    fi
  } >"$state.new"
  mv "$state.new" "$state"
  trap - EXIT
}

# Ends what does not stand yet, and waits for it.
give_up() {
  local status=$?
  if [[ -n $pid ]] && kill "$pid" 2>/dev/null; then wait "$pid" 2>/dev/null || true; fi
  exit "$status"
}

# What stands is the cluster's: the state says where, also of what has not come up: that can be looked at, and torn down.
stand_up_on_kubernetes() {
  local began_at stack=hopcost/role=stack,hopcost/stack=${HOPCOST_STACK:-nginx} backend=hopcost/role=backend named='' services
  began_at=$(date +%s.%N)
  {
    echo "namespace $namespace"
    echo "kubectl $kube"
    say_its_name
  } >"$state"
  deploy/apply.sh --overlay "${overlay:-$method}" --namespace "$namespace" --kubectl "$kube" --bin "$binaries" \
    ${images[@]+"${images[@]}"}
  scale "$backend" "${HOPCOST_BACKEND_REPLICAS:-1}"
  if [[ $method == modelservice ]]; then
    scale "$stack" "${HOPCOST_STACK_REPLICAS:-1}" "${HOPCOST_STACK_WORKERS:-1}"
    named=$(annotation "$stack" hopcost/model)
  fi
  look --wait 300s >"$state.log"
  services="service standalone $(service_url "$backend")"
  if [[ $method == modelservice ]]; then services="service modelservice $(service_url "$stack")"$'\n'$services; fi
  {
    echo "namespace $namespace"
    echo "kubectl $kube"
    echo "image $(in_namespace get pod "$launcher" --output 'jsonpath={.spec.containers[0].image}')"
    say_what_stands "$began_at"
    echo "model ${named:-${HOPCOST_MODEL:-mock-model}}"
    echo "$services"
  } >"$state.new"
  mv "$state.new" "$state"
}

main() {
  parse_options "$@"
  mkdir -p "$(dirname "$state")"
  if [[ -e $state ]] && stands "$state"; then
    die 75 "$(field "$state" stack_name) stands already: scripts/teardown.sh --state $state"
  fi
  read_environment
  cd "$HOPCOST_ROOT"
  build_programs
  programs=$binaries # for look
  export HOPCOST_STACKS_DIR=${HOPCOST_STACKS_DIR:-$HOPCOST_ROOT/build/stacks}
  trap 'exit 130' INT
  trap 'exit 143' TERM
  if [[ $place == kubernetes ]]; then stand_up_on_kubernetes; else stand_up; fi
  say "$(field "$state" stack_name) stands, after $(field "$state" ready_s) s:"
  field "$state" service
  say "scripts/run.sh drives it, scripts/teardown.sh ends it"
}

main "$@"
