#!/usr/bin/env bash
# Two targets or more, side by side: the same scenario against each in turn, several times.
set -euo pipefail
. "$(dirname "${BASH_SOURCE[0]}")/lib.sh"
. "$(dirname "${BASH_SOURCE[0]}")/compare.sh"

usage() {
  cat <<END_OF_USAGE
usage: scripts/compare_targets.sh [OPTION...] A B [...]

A and B are targets of configs/targets.yaml. Every round measures each of them once, in turn, so that what changes in
the meantime is not taken for a difference between them.

$COMPARE_OPTIONS
  --output DIR      (default results/comparison_YYYYMMDD_HHMMSS)

Writes comparison_report.html, comparison.json, comparison.md, A_results.json, B_results.json, and each run below runs/.
Exit: 0 compared, 2 a run is not valid, 64 usage, 69 a target cannot be reached.
END_OF_USAGE
}

check_names() {
  if ((${#names[@]} < 2)); then usage_error "name two targets of configs/targets.yaml, or more"; fi
}

measure_round() {
  local target
  for target in "${names[@]}"; do
    say "round $1 of $rounds: $target"
    load "$output/runs/$target-$1" --target "$target"
    runs+=("$target=$output/runs/$target-$1")
  done
}

compare_in_turn "$HOPCOST_ROOT/results/comparison_$(date +%Y%m%d_%H%M%S)" "$@"
