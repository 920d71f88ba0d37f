#!/usr/bin/env bash
# Drives what scripts/standup.sh has stood up, or any endpoint, with a harness and a load profile.
set -euo pipefail
. "$(dirname "${BASH_SOURCE[0]}")/lib.sh"
. "$(dirname "${BASH_SOURCE[0]}")/standing.sh"

usage() {
  cat <<'END'
usage: scripts/run.sh [options]

Options:
  -l, --harness NAME      A harness of configs/harnesses (default: inference-perf, whose role loadgen plays)
  -w, --workload NAME     A load profile of configs/workloads (default: sanity_random); a comma list runs them in turn
  -t, --methods STRING    The first service whose name contains it: modelservice, standalone (default: the first of all)
  --cpus N                On Kubernetes: CPUs of each launcher pod (default: 1)
  --endpoint URL          Instead of what stands: a server that runs already
  --model NAME            Its model (default: what stands says, else mock-model)
  --stack-name NAME       For the names of results (default: what stands says, else deployed)
  -p, --parallelism N     Processes that each send the whole workload (default: 1)
  --wait-timeout S        Longest that a workload may take, seconds; 0: as long as it takes (default: 600)
  -o, --work-dir DIR      Where results go (default: results/llm-d-<time>)
  --override KEY=VALUE, --time-scale X, --bin DIR, --no-install    as of scripts/run_only.sh
  --state FILE            What scripts/standup.sh wrote (default: results/standup.state)
  -h, --help

Writes a config.yaml into the working folder and hands it to scripts/run_only.sh, whose exit codes these are.
END
}

harness=inference-perf
workloads=sanity_random
cpus=1
method=
endpoint=
model=
stack_name=
parallelism=1
wait_timeout=600
work_dir=
state=$default_state
handed_on=()
namespace=
kubectl=
image=
ready_s=

parse_options() {
  while (($# > 0)); do
    case $1 in
      -h | --help) usage && exit 0 ;;
      --no-install) handed_on+=("$1") ;;
      -*)
        if (($# < 2)); then usage_error "$1 needs a value"; fi
        case $1 in
          -l | --harness) harness=$2 ;;
          -w | --workload) workloads=$2 ;;
          -t | --methods) method=$2 ;;
          --endpoint) endpoint=$2 ;;
          --model) model=$2 ;;
          --cpus) cpus=$2 ;;
          --stack-name) stack_name=$2 ;;
          -p | --parallelism) parallelism=$2 ;;
          --wait-timeout) wait_timeout=$2 ;;
          -o | --work-dir) work_dir=$2 ;;
          --state) state=$2 ;;
          --override | --time-scale | --bin) handed_on+=("$1" "$2") ;;
          *) usage_error "unknown option $1" ;;
        esac
        shift
        ;;
      *) usage_error "unknown argument $1" ;;
    esac
    shift
  done
  if ! [[ $workloads =~ ^[A-Za-z0-9_-]+(,[A-Za-z0-9_-]+)*$ ]]; then
    usage_error "--workload: names of configs/workloads, not '$workloads'"
  fi
}

# Sets endpoint, model, stack_name and what clients need from the state file.
choose_service() {
  local service header
  if [[ ! -e $state ]]; then die "$EXIT_USAGE" "nothing stands: scripts/standup.sh first, or --endpoint URL"; fi
  if ! stands "$state"; then die 69 "$(field "$state" stack_name) has ended: scripts/teardown.sh, then scripts/standup.sh"; fi
  service=$(field "$state" service | grep --fixed-strings -- "${method#llm-d-}" | head -n 1) ||
    usage_error "--methods: no service contains '$method'; there are: $(field "$state" service | paste -sd ' ')"
  endpoint=${service#* }
  namespace=$(field "$state" namespace)
  kubectl=$(field "$state" kubectl)
  image=$(field "$state" image)
  stack_name=${stack_name:-$(field "$state" stack_name)}
  ready_s=$(field "$state" ready_s)
  # The backend behind a stack has neither the stack's model nor its headers.
  if [[ ${service%% *} == standalone && $(field "$state" method) == modelservice ]]; then
    model=${model:-mock-model}
    return
  fi
  model=${model:-$(field "$state" model)}
  while IFS= read -r header; do
    case $header in
      "authorization: Bearer "*)
        header=${header#authorization: Bearer }
        export HOPCOST_CLIENT_KEY=${header/\$HOPCOST_STACK_KEY/${HOPCOST_STACK_KEY:-}} HOPCOST_API_KEY_ENV=HOPCOST_CLIENT_KEY
        ;;
      ?*)
        if [[ -n ${HOPCOST_HEADER:-} ]]; then die 69 "this stack's clients send several headers, which a profile cannot"; fi
        export HOPCOST_HEADER=$header
        ;;
    esac
  done < <(field "$state" header)
}

quoted() { printf "'%s'" "${1//\'/\'\'}"; }

write_config() {
  cat <<END
endpoint:
  stack_name: $(quoted "$stack_name")
  model: $(quoted "$model")
  base_url: $(quoted "$endpoint")
control:
  work_dir: $(quoted "$work_dir")
${kubectl:+  kubectl: $(quoted "$kubectl")}
harness:
  name: $(quoted "$harness")
${namespace:+  namespace: $(quoted "$namespace")
  results_pvc: workload-pvc
  image: $(quoted "$image")
  cpus: $(quoted "$cpus")}
  parallelism: $parallelism
  wait_timeout: $wait_timeout
${ready_s:+env:
  - name: HOPCOST_READY_S
    value: $(quoted "$ready_s")}
workload:
$(tr ',' '\n' <<<"$workloads" | sed 's/.*/  &:/')
END
}

main() {
  parse_options "$@"
  if [[ -z $endpoint ]]; then choose_service; fi
  model=${model:-mock-model}
  stack_name=${stack_name:-deployed}
  work_dir=$(realpath --canonicalize-missing "${work_dir:-$HOPCOST_ROOT/results/llm-d-$(date +%Y%m%d-%H%M%S)}")
  mkdir -p "$work_dir"
  write_config >"$work_dir/config.yaml"
  exec "$HOPCOST_ROOT/scripts/run_only.sh" --config "$work_dir/config.yaml" ${handed_on[@]+"${handed_on[@]}"}
}

main "$@"
