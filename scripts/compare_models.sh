#!/usr/bin/env bash
# The models of one target, side by side: which has the first token, each further one, and the most of them, fastest.
set -euo pipefail
. "$(dirname "${BASH_SOURCE[0]}")/lib.sh"
. "$(dirname "${BASH_SOURCE[0]}")/compare.sh"

usage() {
  cat <<END_OF_USAGE
usage: scripts/compare_models.sh [OPTION...] TARGET

Measures each of the target's supported_models (configs/targets.yaml) with the same scenario, in turn, several times.

$COMPARE_OPTIONS
  --output DIR      (default results/models_YYYYMMDD_HHMMSS)

Writes comparison_report.html, comparison.json, comparison.md, MODEL_results.json, and each run below runs/.
Exit: 0 compared, 2 a run is not valid, 64 usage, 69 the target cannot be reached.
END_OF_USAGE
}

check_names() {
  if ((${#names[@]} != 1)); then usage_error "name one target of configs/targets.yaml"; fi
}

measure_round() {
  local model
  say "round $1 of $rounds: every model of ${names[0]}"
  load "$output/runs/$1" --target "${names[0]}" --all-models
  for model in "$output/runs/$1"/*/; do runs+=("$(basename "$model")=$model"); done
}

compare_in_turn "$HOPCOST_ROOT/results/models_$(date +%Y%m%d_%H%M%S)" "$@"
