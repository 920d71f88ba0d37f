#!/usr/bin/env bash
# What a prefix cache behind a router is worth: warm prompts against cold ones, how requests spread over replicas, and
# whether prompts that begin alike land on the same one.
set -euo pipefail
. "$(dirname "${BASH_SOURCE[0]}")/lib.sh"
. "$(dirname "${BASH_SOURCE[0]}")/servers.sh"

usage() {
  cat <<'END_OF_USAGE'
usage: scripts/prefix_cache_scaleout.sh [OPTION...]

Without an address: three mocks with a prefix cache each, behind a stack. With one: what is there.

  --target NAME         of configs/targets.yaml, such as llm-d-pattern3-gpu
  --base-url URL        the router's address, instead of the target's
  --replica URL         of each replica behind it, whose /metrics tell what it served (repeatable; without them
                        nothing is said of distribution and affinity)
  --model NAME          (default: the target's, or mock-model)
  --stack NAME          the stack in front of the mocks (default vllm-router-cache-aware; 'overhead stacks' lists them)
  --groups N            beginnings of prompts (default 6)
  --requests N          of each group, and of the cold prompts (default 24)
  --prefix-tokens N     that prompts of a group share (default 1024)
  --question-tokens N   behind it, its own in each (default 32)
  --output-tokens N     (default 16)
  --rounds N            of cold and warm in turn (default 3)
  --output DIR          (default results/pattern3_YYYYMMDD_HHMMSS)
  --bin DIR             take the programs of that folder (default build/release/bin)

Writes comprehensive_results.json, comparison_report.html (cold against warm) and the runs. Affinity of a group is the
share of its requests that its busiest replica served: 1 of N replicas where the router spreads them evenly, 1 where it
keeps them together.
Exit: 0 measured, 2 not valid, 64 usage, 69 something is not there.
END_OF_USAGE
}

address=()
replicas=()
model=
stack=vllm-router-cache-aware
groups=6
requests=24
prefix_tokens=1024
question_tokens=32
output_tokens=16
rounds=3
output=
binaries=$HOPCOST_ROOT/build/release/bin

parse_options() {
  local option
  while (($# > 0)); do
    case $1 in
      -h | --help) usage && exit 0 ;;
      --target | --base-url | --replica | --model | --stack | --groups | --requests | --prefix-tokens | --question-tokens | \
        --output-tokens | --rounds | --output | --bin)
        if (($# < 2)); then usage_error "$1 needs a value"; fi
        case $1 in
          --target | --base-url) address+=("$1" "$2") ;;
          --replica) replicas+=("${2%/}") ;;
          --model) model=$2 ;;
          --stack) stack=$2 ;;
          --groups) groups=$2 ;;
          --requests) requests=$2 ;;
          --prefix-tokens) prefix_tokens=$2 ;;
          --question-tokens) question_tokens=$2 ;;
          --output-tokens) output_tokens=$2 ;;
          --rounds) rounds=$2 ;;
          --output) output=$2 ;;
          --bin) binaries=$(cd "$2" && pwd -P) || usage_error "--bin: no folder $2" ;;
        esac
        shift
        ;;
      *) usage_error "unknown option $1" ;;
    esac
    shift
  done
  for option in "$groups" "$requests" "$prefix_tokens" "$question_tokens" "$output_tokens" "$rounds"; do
    if ! [[ $option =~ ^[1-9][0-9]*$ ]]; then usage_error "numbers above 0, not '$option'"; fi
  done
}

# Sets address, replicas and client_options.
stand_up() {
  if ((${#address[@]} > 0)); then
    if [[ -n $model ]]; then client_options=(--model "$model"); fi
    return
  fi
  start_servers "$binaries" --start "$stack" --backend-replicas 3 \
    --backend-config "$HOPCOST_ROOT/configs/backends/vllm-like.yaml" --output "$output/logs"
  address=(--base-url "${stack_urls[0]}")
  replicas=("${backend_urls[@]%/v1}")
}

# load NAME OPTION...: one run, kept in runs/NAME. One that is not valid is kept too.
load() {
  local name=$1 status=0
  shift
  "$binaries/loadgen" "${address[@]}" "${client_options[@]}" --stream --warmup 0 --duration 1h --concurrency 1 \
    --output-tokens "$output_tokens" --quiet --output "$output/runs/$name" "$@" >/dev/null || status=$?
  if ((status == 2)); then verdict=2; elif ((status != 0)); then exit "$status"; fi
}

# Requests that each replica has served so far, as a JSON list.
served() {
  local replica
  for replica in "${replicas[@]}"; do
    curl --silent --show-error --fail --max-time 10 "$replica/metrics" |
      awk '/^vllm:request_success_total/ { sum += $NF } END { print sum + 0 }'
  done | jq -s .
}

cold_against_warm() {
  local round runs=() whole=$((prefix_tokens + question_tokens))
  for ((round = 1; round <= rounds; ++round)); do
    say "round $round of $rounds: cold, then warm"
    load "cold-$round" --seed "$round" --prompt-tokens "$whole" --requests "$requests"
    # The first time they are not warm yet; the second time every prompt has been seen.
    load "warm-$round" --seed "$((1000 + round))" --requests "$requests" \
      --shared-prefix "groups=$groups,system=$prefix_tokens,question=$question_tokens"
    load "warm-$round" --seed "$((1000 + round))" --requests "$requests" \
      --shared-prefix "groups=$groups,system=$prefix_tokens,question=$question_tokens"
    runs+=("cold=$output/runs/cold-$round" "warm=$output/runs/warm-$round")
  done
  "$binaries/loadgen" compare "${runs[@]}" --html --output "$output" || verdict=2
}

# Each group by itself, so that what the replicas served since is its own.
affinity_of_groups() {
  local group before after
  if ((${#replicas[@]} == 0)); then
    echo '[]'
    return
  fi
  for ((group = 1; group <= groups; ++group)); do
    before=$(served)
    load "group-$group" --seed "$((2000 + group))" --requests "$requests" \
      --shared-prefix "groups=1,system=$prefix_tokens,question=$question_tokens"
    after=$(served)
    jq -n --argjson group "$group" --argjson before "$before" --argjson after "$after" \
      '[range($after | length) as $i | $after[$i] - $before[$i]] as $each |
       {group: $group, requests: $each, affinity: (if ($each | add) > 0 then ($each | max) / ($each | add) else null end)}'
  done | jq -s .
}

main() {
  local verdict=0 tool affinity
  parse_options "$@"
  for tool in curl jq; do
    if ! have "$tool"; then die 69 "there is no $tool: apt-get install $tool"; fi
  done
  if ! [[ -x $binaries/loadgen ]]; then die 69 "no loadgen in $binaries: scripts/quickstart.sh builds it"; fi
  output=${output:-$HOPCOST_ROOT/results/pattern3_$(date +%Y%m%d_%H%M%S)}
  mkdir -p "$output/logs"
  export HOPCOST_STACKS_DIR=${HOPCOST_STACKS_DIR:-$HOPCOST_ROOT/build/stacks}
  trap stop_servers EXIT
  trap 'complain "stopped; the runs so far are in $output/runs" && exit 130' INT
  trap 'exit 143' TERM
  stand_up
  cold_against_warm
  say "each of $groups groups by itself"
  affinity=$(affinity_of_groups)
  jq -n --slurpfile comparison "$output/comparison.json" --argjson groups "$affinity" \
    --argjson replicas "$(printf '%s\n' "${replicas[@]}" | jq -R . | jq -s 'map(select(. != ""))')" \
    --slurpfile cold "$output/runs/cold-1/run.json" --slurpfile warm "$output/runs/warm-1/run.json" '
    def cached: .counters | if .prompt_tokens > 0 then .cached_tokens / .prompt_tokens else null end;
    ($groups | map(.requests) | transpose | map(add)) as $each |
    {cold_against_warm: $comparison[0].figures,
     cached_share: {cold: ($cold[0] | cached), warm: ($warm[0] | cached)},
     replicas: [range($replicas | length) as $i | {url: $replicas[$i], requests: $each[$i],
                share: (if ($each | add) > 0 then $each[$i] / ($each | add) else null end)}],
     groups: $groups,
     affinity_mean: (if ($groups | length) > 0 then ($groups | map(.affinity // 0) | add / length) else null end),
     affinity_of_even_spread: (if ($replicas | length) > 0 then 1 / ($replicas | length) else null end)}' \
    >"$output/comprehensive_results.json"
  jq -r '"cached: \(100 * (.cached_share.cold // 0) | round) % of cold prompts, \(100 * (.cached_share.warm // 0) | round) % of warm ones",
    (.replicas[] | "replica \(.url): \(.requests) requests, \(100 * (.share // 0) | round) %"),
    (if .affinity_mean then "affinity: \(100 * .affinity_mean | round) % of a group on one replica; \(100 * .affinity_of_even_spread | round) % where they are spread evenly" else empty end)' \
    "$output/comprehensive_results.json"
  say "results: $output"
  exit "$verdict"
}

main "$@"
