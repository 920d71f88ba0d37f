#!/usr/bin/env bash
# Several models through one gateway whose routing fails now and then: asks again, and says how often it had to.
set -euo pipefail
. "$(dirname "${BASH_SOURCE[0]}")/lib.sh"

usage() {
  cat <<'END_OF_USAGE'
usage: scripts/multi_model_retry.sh [OPTION...]

Sends requests to each of the target's supported_models, again where one fails, after a pause that doubles; tells the
attempts that a request took, and whether the model that was asked is the one that answered.

  --target NAME      of configs/targets.yaml (default llm-d-pattern2-gpu)
  --targets FILE     another file of targets
  --base-url URL     instead of the target's
  --requests N       for each model (default 25)
  --attempts N       at most, of each request (default 10)
  --retry-base TIME  the first pause, with full jitter (default 2s)
  --output DIR       (default results/retry_YYYYMMDD_HHMMSS)
  --bin DIR          take loadgen of that folder (default build/release/bin)

Writes the runs below DIR, a folder a model, and retry_results.json.
Exit: 0 every request was answered, by the model that was asked, 1 not, 64 usage, 69 the target cannot be reached.
END_OF_USAGE
}

target=llm-d-pattern2-gpu
requests=25
attempts=10
retry_base=2s
output=
binaries=$HOPCOST_ROOT/build/release/bin
more=()

parse_options() {
  while (($# > 0)); do
    case $1 in
      --target | --targets | --base-url | --requests | --attempts | --retry-base | --output | --bin)
        if (($# < 2)); then usage_error "$1 needs a value"; fi
        case $1 in
          --target) target=$2 ;;
          --requests) requests=$2 ;;
          --attempts) attempts=$2 ;;
          --retry-base) retry_base=$2 ;;
          --output) output=$2 ;;
          --bin) binaries=$2 ;;
          *) more+=("$1" "$2") ;;
        esac
        shift
        ;;
      -h | --help) usage && exit 0 ;;
      *) usage_error "unknown option $1" ;;
    esac
    shift
  done
  if ! [[ $requests =~ ^[1-9][0-9]*$ && $attempts =~ ^[1-9][0-9]*$ ]]; then
    usage_error "--requests and --attempts: numbers above 0"
  fi
}

# One object a model, from its record.
readonly summary='{
  model: .options.models[0].name,
  requests: .counters.sent,
  answered: .counters.ok,
  success_rate: (if .counters.sent > 0 then 100 * .counters.ok / .counters.sent else 0 end),
  attempts_average: (if .counters.sent > 0 then 1 + .counters.retries / .counters.sent else 0 end),
  attempts_largest: .counters.most_attempts,
  other_model_answered: .counters.model_mismatches,
  ttft_ms_p50: (if .metrics_ns.ttft.p50 then .metrics_ns.ttft.p50 / 1e6 else null end)}'

main() {
  parse_options "$@"
  if ! have jq; then die 69 "there is no jq: apt-get install jq"; fi
  if ! [[ -x $binaries/loadgen ]]; then die 69 "no loadgen in $binaries: scripts/quickstart.sh builds it"; fi
  output=${output:-$HOPCOST_ROOT/results/retry_$(date +%Y%m%d_%H%M%S)}
  trap 'complain "stopped; what was measured is in $output" && exit 130' INT
  local status=0
  "$binaries/loadgen" --target "$target" --all-models "${more[@]}" --stream --requests "$requests" --warmup 0 \
    --duration 2h --retries "$((attempts - 1))" --retry-base "$retry_base" --retry-most 60s --quiet \
    --output "$output" >/dev/null || status=$?
  # 2: requests failed for good, which is this script's to tell.
  if ((status != 0 && status != 2)); then exit "$status"; fi
  jq -s "map($summary)" "$output"/*/run.json >"$output/retry_results.json"
  jq -r '.[] | "\(.model): \(.answered) of \(.requests) answered, \(.attempts_average * 100 | round / 100) attempts " +
    "a request, at most \(.attempts_largest); \(.other_model_answered) by another model"' \
    "$output/retry_results.json"
  say "results: $output"
  jq -e 'all(.answered == .requests and .requests > 0 and .other_model_answered == 0)' \
    "$output/retry_results.json" >/dev/null
}

main "$@"
