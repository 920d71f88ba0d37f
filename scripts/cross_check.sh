#!/usr/bin/env bash
# The same backend and stack as several load generators measure them, side by side.
set -euo pipefail
. "$(dirname "${BASH_SOURCE[0]}")/lib.sh"
. "$(dirname "${BASH_SOURCE[0]}")/servers.sh"

usage() {
  cat <<'END'
usage: scripts/cross_check.sh [OPTION...] [-- OPTION OF OVERHEAD RUN...]

Lets each load generator that is installed drive the same rounds, baseline and stack interleaved, one user;
then puts side by side what each reads of the backend alone, what the stack adds by it, and what it cannot tell from
nothing. Ours is the first, once within `overhead` and once as a process like the others.

Options:
  --stack NAME        (default nginx)
  --harness NAME      this one only (repeatable; default: every one that is installed)
  --streaming WHICH   on (default), off or both
  --time-budget TIME  for each (default 8m)
  --output DIR        (default results/cross-check-YYYYMMDD_HHMMSS)
  --bin DIR           Take the programs of that folder instead of building them (release)
  --no-install        Install nothing
  -h, --help

Writes DIR/cross-check.md, and each run below DIR. `overhead harnesses` says which are not installed, and what installs
them. Exit: 0 measured, 1 one of them failed, 64 usage.
END
}

binaries=
install=true
stack=nginx
streaming=on
budget=8m
output=$HOPCOST_ROOT/results/cross-check-$(date +%Y%m%d_%H%M%S)
names=()
more=()

parse_options() {
  while (($# > 0)); do
    case $1 in
      -h | --help) usage && exit 0 ;;
      --no-install) install=false ;;
      --)
        shift
        more=("$@")
        return
        ;;
      --stack | --harness | --streaming | --time-budget | --output | --bin)
        if (($# < 2)); then usage_error "$1 needs a value"; fi
        case $1 in
          --stack) stack=$2 ;;
          --harness) names+=("$2") ;;
          --streaming) streaming=$2 ;;
          --time-budget) budget=$2 ;;
          --output) output=$2 ;;
          --bin) binaries=$(cd "$2" && pwd -P) || usage_error "--bin: no folder $2" ;;
        esac
        shift
        ;;
      *) usage_error "unknown option $1" ;;
    esac
    shift
  done
}

# measure NAME [OPTION...]: one load generator; what it measured lies in $output/NAME.
# shellcheck disable=SC2317  # called through timed
measure() {
  local name=$1 status=0
  shift
  "$binaries/overhead" run --stack "$stack" --concurrency 1 --streaming "$streaming" --time-budget "$budget" \
    --output "$output/$name" --quiet "$@" "${more[@]}" >"$output/$name.log" 2>&1 || status=$?
  # 2: no verdict, which the table shows.
  if ((status != 0 && status != 2)); then
    complain "$name failed (exit $status):"
    cat "$output/$name.log" >&2
    return 1
  fi
  rm "$output/$name.log"
  runs+=("$output/$name")
}

main() {
  local name failed=0
  runs=()
  parse_options "$@"
  output=$(realpath --canonicalize-missing "$output")
  cd "$HOPCOST_ROOT"
  build_programs
  if ((${#names[@]} == 0)); then mapfile -t names < <("$binaries/overhead" harnesses --names); fi
  mkdir -p "$output"
  trap 'complain "stopped; what was measured is in $output" && exit 130' INT
  timed "hopcost within overhead" measure built-in || failed=1
  for name in "${names[@]}"; do
    timed "$name" measure "$name" --harness "$name" || failed=1
  done
  if ((${#runs[@]} < 2)); then die 1 "nothing to put side by side"; fi
  "$binaries/overhead" report --cross-check "${runs[@]}" --output "$output/cross-check.md"
  say "$output/cross-check.md"
  exit "$failed"
}

main "$@"
