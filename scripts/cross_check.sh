#!/usr/bin/env bash
# The same backend and stack as several load generators measure them, side by side.
set -euo pipefail
. "$(dirname "${BASH_SOURCE[0]}")/lib.sh"

usage() {
  cat <<'END'
usage: scripts/cross_check.sh [OPTION...] [-- OPTION OF OVERHEAD RUN...]

Lets each load generator that is installed drive the same rounds, baseline and stack interleaved, one user, plain and
streamed answers; then puts side by side what each reads of the backend alone, what the stack adds by it, and what it
cannot tell from nothing. Ours is the first, once within `overhead` and once as a process like the others.

Options:
  --stack NAME        (default nginx)
  --harness NAME      this one only (repeatable; default: every one that is installed)
  --time-budget TIME  for each (default 8m)
  --output DIR        (default results/cross-check-YYYYMMDD_HHMMSS)
  --bin DIR           where the programs are (default build/release/bin)
  -h, --help

Writes DIR/cross-check.md, and each run below DIR. What is not installed is skipped, with what installs it.
Exit: 0 measured, 1 one of them failed, 64 usage.
END
}

bin=$HOPCOST_ROOT/build/release/bin
stack=nginx
budget=8m
output=$HOPCOST_ROOT/results/cross-check-$(date +%Y%m%d_%H%M%S)
names=()
more=()

parse_options() {
  while (($# > 0)); do
    case $1 in
      -h | --help) usage && exit 0 ;;
      --)
        shift
        more=("$@")
        return
        ;;
      --stack | --harness | --time-budget | --output | --bin)
        if (($# < 2)); then usage_error "$1 needs a value"; fi
        case $1 in
          --stack) stack=$2 ;;
          --harness) names+=("$2") ;;
          --time-budget) budget=$2 ;;
          --output) output=$2 ;;
          --bin) bin=$2 ;;
        esac
        shift
        ;;
      *) usage_error "unknown option $1" ;;
    esac
    shift
  done
}

# Those that take part in rounds, as `overhead harnesses` lists them; what is not there is said.
known_harnesses() {
  "$bin/overhead" harnesses | awk '
    /^[^ ]/ { name = $0; missing = "" }
    /^  not there:/ { missing = $0 }
    /^  takes:.*rounds/ {
      if (missing != "") print name ": skipped:" missing > "/dev/stderr"
      else print name ($0 ~ /streams only/ ? " --streaming on" : "")
    }'
}

# measure NAME [OPTION...]: one load generator; what it measured lies in $output/NAME.
# shellcheck disable=SC2317  # called through timed
measure() {
  local name=$1 status=0
  shift
  "$bin/overhead" run --stack "$stack" --concurrency 1 --time-budget "$budget" \
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
  local name options failed=0
  runs=()
  parse_options "$@"
  if [[ ! -x $bin/overhead ]]; then die 69 "$bin/overhead is not there: scripts/quickstart.sh builds it"; fi
  if ((${#names[@]} == 0)); then mapfile -t names < <(known_harnesses); fi
  mkdir -p "$output"
  timed "hopcost within overhead" measure built-in || failed=1
  for name in "${names[@]}"; do
    read -r name options <<<"$name"
    # shellcheck disable=SC2086  # several words
    timed "$name" measure "$name" --harness "$name" $options || failed=1
  done
  if ((${#runs[@]} < 2)); then die 1 "nothing to put side by side"; fi
  "$bin/overhead" report --cross-check "${runs[@]}" --output "$output/cross-check.md"
  say "$output/cross-check.md"
  exit "$failed"
}

main "$@"
