#!/usr/bin/env bash
# Llama Stack's benchmark on Kubernetes, on this engine, there or on this machine: the same options, files and charts.
set -euo pipefail
. "$(dirname "${BASH_SOURCE[0]}")/lib.sh"
. "$(dirname "${BASH_SOURCE[0]}")/servers.sh"
. "$(dirname "${BASH_SOURCE[0]}")/../deploy/lib.sh"

usage() {
  cat <<END_OF_USAGE
usage: scripts/run-guidellm-benchmark.sh [options]

Options:
  -t, --target <stack|vllm>     Target to benchmark (default: stack)
  -s, --max-seconds <seconds>   Maximum duration of each load in seconds (default: 30)
  -p, --prompt-tokens <tokens>  Number of prompt tokens (default: 256)
  -o, --output-tokens <tokens>  Number of output tokens (default: 128)
  -r, --rate-type <type>        sweep, synchronous, concurrent, throughput, constant or poisson (default: sweep)
  -c, --rate <list>             concurrent: users (1,2,4,8,16,32,64); throughput: requests under way (64);
                                constant, poisson: requests a second; sweep: number of loads (10), one number
  --vllm-replicas <count>       Backends (default: 1)
  --stack-replicas <count>      Instances of the stack (default: 1)
  --stack-workers <count>       Worker processes of each (default: 1)
  --stack <name>                The stack (default: ogx; 'overhead stacks' lists them)
  --vllm-url <url>              With -t vllm: a server that runs already, instead of mocks (repeatable)
  --model <name>                Its model (default: mock-model)
  --backend-config <file>       Scenario of the mocks (default: configs/backends/vllm-like.yaml)
  --on <place>                  here (default), or kubernetes: scales what deploy/apply.sh made, and drives from its launcher
$KUBE_OPTIONS
  --output <dir>                (default: results/guidellm-<target>-s<N>-sw<N>-v<N>-<time>)
  --bin <dir>                   Take the programs of that folder instead of building them (release)
  --no-install                  Install nothing
  -h, --help                    Show help message

'vllm' is mocks that answer like vLLM, unless a URL is given; 'stack' has the same mocks behind it. The load generator
balances over instances; on Kubernetes the Services do, and what the backends do is their Deployment's. Writes GuideLLM's
benchmarks.json and its table, run.json and report.html; then scripts/generate_charts.py draws what lies in results/. What the stack adds, with intervals, is what 'overhead run
--stack NAME --replicas N --backend-replicas N' measures: here each target has a run of its own.

Examples:
  scripts/run-guidellm-benchmark.sh --target vllm
  scripts/run-guidellm-benchmark.sh --target stack
  scripts/run-guidellm-benchmark.sh -t vllm -s 60 -p 512 -o 256
  scripts/run-guidellm-benchmark.sh --target vllm --vllm-replicas 3

Exit: 0 measured, 2 not valid, 64 usage, 69 the stack is not installed or did not come up, or the cluster does not answer.
END_OF_USAGE
}

target=stack
seconds=30
prompt_tokens=256
output_tokens=128
rate_type=sweep
rate=
vllm_replicas=1
stack_replicas=1
stack_workers=1
stack=ogx
vllm_urls=()
model=
backend_config=
place=here
output=
there= # where results lie in the launcher
binaries=
install=true

number() { # number OPTION VALUE
  if ! [[ $2 =~ ^[1-9][0-9]*$ ]]; then usage_error "$1: a number above 0, not '$2'"; fi
}

parse_options() {
  while (($# > 0)); do
    case $1 in
      -h | --help) usage && exit 0 ;;
      --no-install) install=false ;;
      -*)
        if (($# < 2)); then usage_error "$1 needs a value"; fi
        case $1 in
          -t | --target) target=$2 ;;
          -s | --max-seconds) seconds=$2 ;;
          -p | --prompt-tokens) prompt_tokens=$2 ;;
          -o | --output-tokens) output_tokens=$2 ;;
          -r | --rate-type) rate_type=$2 ;;
          -c | --rate) rate=$2 ;;
          --vllm-replicas) vllm_replicas=$2 ;;
          --stack-replicas) stack_replicas=$2 ;;
          --stack-workers) stack_workers=$2 ;;
          --stack) stack=$2 ;;
          --vllm-url) vllm_urls+=("$2") ;;
          --model) model=$2 ;;
          --backend-config) backend_config=$2 ;;
          --output) output=$2 ;;
          --bin) binaries=$(cd "$2" && pwd -P) || usage_error "--bin: no folder $2" ;;
          --on) place=$2 ;;
          *) kube_option "$1" "$2" || usage_error "unknown option $1" ;;
        esac
        shift
        ;;
      *) usage_error "unknown argument $1" ;;
    esac
    shift
  done
  if [[ $target != stack && $target != vllm ]]; then usage_error "--target: stack or vllm, not '$target'"; fi
  if ((${#vllm_urls[@]} > 0)) && [[ $target != vllm ]]; then usage_error "--vllm-url is for --target vllm"; fi
  if [[ $place != here && $place != kubernetes ]]; then usage_error "--on: here or kubernetes, not '$place'"; fi
  number --max-seconds "$seconds"
  number --prompt-tokens "$prompt_tokens"
  number --output-tokens "$output_tokens"
  number --vllm-replicas "$vllm_replicas"
  number --stack-replicas "$stack_replicas"
  number --stack-workers "$stack_workers"
  if [[ -n $rate ]] && ! [[ $rate =~ ^[0-9.]+(,[0-9.]+)*$ ]]; then usage_error "--rate: numbers, not '$rate'"; fi
}

# Sets load: what loadgen is to do.
choose_load() {
  case $rate_type in
    sweep)
      if ! [[ ${rate:-10} =~ ^[0-9]+$ ]]; then usage_error "--rate of a sweep: one number, of its loads, not '$rate'"; fi
      load=(--sweep "between=${rate:-10}")
      ;;
    synchronous)
      if [[ -n $rate ]]; then usage_error "--rate is not for synchronous, which is one request after another"; fi
      load=(--concurrency 1)
      ;;
    concurrent) load=(--sweep "concurrency=${rate:-1,2,4,8,16,32,64}") ;;
    throughput) load=(--sweep "concurrency=${rate:-64}") ;;
    constant | poisson)
      if [[ -z $rate ]]; then usage_error "--rate-type $rate_type needs --rate"; fi
      load=(--sweep "rate=${rate//,//s,}/s" --arrival "$rate_type")
      ;;
    *) usage_error "--rate-type: sweep, synchronous, concurrent, throughput, constant or poisson, not '$rate_type'" ;;
  esac
}

# Sets urls, and client_options.
stand_up() {
  mkdir -p "$output/logs"
  if [[ $target == stack ]]; then
    start_servers "$binaries" --start "$stack" --workers "$stack_workers" --replicas "$stack_replicas" \
      --backend-replicas "$vllm_replicas" --backend-config "$backend_config" --output "$output/logs"
    urls=("${stack_urls[@]}")
  elif ((${#vllm_urls[@]} > 0)); then
    urls=("${vllm_urls[@]}")
    client_options=(--ignore-eos)
  else
    start_mock "$output/logs/mockserver.log" "$binaries/mockserver" --replicas "$vllm_replicas" \
      --config "$backend_config" --model mock-model || exit 69
    servers=$server
    mapfile -t urls < <(sed -n 's/^listening on \(http:[^ ]*\)$/\1/p' "$output/logs/mockserver.log")
  fi
  if [[ -n $model ]]; then client_options+=(--model "$model"); fi
}

# Sets urls, and client_options.
stand_up_on_kubernetes() {
  local part=hopcost/role=backend named key
  check_cluster
  mkdir -p "$output"
  scale "$part" "$vllm_replicas"
  look --selector "$part" --wait 300s >"$output/pods.txt"
  if [[ $target == stack ]]; then
    part=hopcost/role=stack,hopcost/stack=$stack
    scale "$part" "$stack_replicas" "$stack_workers"
    look --selector "$part" --wait 300s >>"$output/pods.txt"
  fi
  urls=("$(service_url "$part")")
  named=$(annotation "$part" hopcost/model)
  key=$(annotation "$part" hopcost/api-key-env)
  if [[ -n ${model:-$named} ]]; then client_options+=(--model "${model:-$named}"); fi
  if [[ -n $key ]]; then client_options+=(--api-key-env "$key"); fi
}

# In the launcher: one that is told to stop writes what it has measured.
# shellcheck disable=SC2016
readonly run_there='rm -rf "$0"; echo $$ >guidellm.pid; exec loadgen "$@" --output "$0"'
# shellcheck disable=SC2016
readonly stop_there='pid=$(cat guidellm.pid) && kill -INT "$pid" && while kill -0 "$pid" 2>/dev/null; do sleep 0.2; done'

# drive OPTION...: here, or in the launcher, from which the folder is copied back.
drive() {
  local status=0
  if [[ $place == here ]]; then
    "$binaries/loadgen" "$@" --output "$output"
    return
  fi
  there=/requests/$(basename "$output")
  in_namespace exec "$launcher" -- sh -c "$run_there" "$there" "$@" || status=$?
  if ((status == 1)); then status=$EXIT_UNREACHABLE; fi # kubectl's own: the cluster does not answer any more
  if ((status == 0 || status == 2)); then copy_back || status=$EXIT_UNREACHABLE; fi
  return "$status"
}

copy_back() { in_namespace cp --retries 3 "$launcher:$there" "$output" >/dev/null; }

# shellcheck disable=SC2317 # by a trap
stopped() {
  trap '' INT
  if [[ -n $there ]]; then
    in_namespace exec "$launcher" -- sh -c "$stop_there" || complain "the load in $launcher may go on"
    copy_back || complain "what was measured lies in $launcher:$there"
  fi
  complain "stopped; what was saved is in $output"
  exit 130
}

main() {
  local load=() urls=() status=0 stamp name
  parse_options "$@"
  choose_load
  if ((${#vllm_urls[@]} > 0)); then vllm_replicas=${#vllm_urls[@]}; fi
  cd "$HOPCOST_ROOT"
  build_programs
  programs=$binaries # for look
  backend_config=${backend_config:-$HOPCOST_ROOT/configs/backends/vllm-like.yaml}
  export HOPCOST_STACKS_DIR=${HOPCOST_STACKS_DIR:-$HOPCOST_ROOT/build/stacks}
  stamp=$(date +%Y%m%d-%H%M%S)
  name=$target-s$stack_replicas-sw$stack_workers-v$vllm_replicas
  output=${output:-results/guidellm-$name-$stamp}
  trap stop_servers EXIT
  trap stopped INT
  trap 'exit 143' TERM
  if [[ $place == kubernetes ]]; then stand_up_on_kubernetes; else stand_up; fi
  drive "${urls[@]}" "${client_options[@]}" "${load[@]}" --stream --duration "${seconds}s" \
    --prompt-tokens "$prompt_tokens" --output-tokens "$output_tokens" --format guidellm --html \
    --tag "target=$target" --tag "stack_replicas=$stack_replicas" --tag "stack_workers=$stack_workers" \
    --tag "vllm_replicas=$vllm_replicas" || status=$?
  stop_servers
  if ((status != 0 && status != 2)); then exit "$status"; fi
  # Under the name that llama-stack's own generate_charts.py reads.
  mv "$output"/guidellm/guidellm-benchmark-*.txt "$output/guidellm-benchmark-$name-$stamp.txt"
  mv "$output/guidellm/benchmarks.json" "$output/benchmarks.json"
  rmdir "$output/guidellm"
  say "results: $output; scripts/generate_charts.py draws them"
  exit "$status"
}

main "$@"
