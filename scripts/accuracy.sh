#!/usr/bin/env bash
# How often is `overhead compare` right? Many comparisons whose answer is known, counted.
set -euo pipefail
. "$(dirname "${BASH_SOURCE[0]}")/lib.sh"

usage() {
  cat <<'END'
usage: scripts/accuracy.sh [--count N] [--restarts N] [--burn TIME TIME] [--bin DIR] [--output DIR]

Compares builds of the reference proxy, by turns: one that uses more CPU a request than the other, and
one with itself. The budget is that of `overhead compare`, CPU per request at most 2 % above base (one
sided 2.5 %). The comparisons of a build with itself are judged a second time, by their median latency:
at most 5 % above base. Counted are verdicts: pass (0), fail (1), no verdict (2).

Bars, for 40 of each: at least 32 of the dearer builds fail, at most 4 of the equal ones do; by latency
at most 4 of the equal ones fail and at least 30 have a verdict; none takes more than 60 s. Other counts
are held to the same shares.

Options:
  --count N       comparisons of each kind (default 40, about half an hour)
  --restarts N    of each comparison (default 6)
  --burn A B      CPU that base and head burn a request (default 100us 113us, near +10 % in all)
  --bin DIR       measure the programs of that folder instead of building them (release)
  --output DIR    results (default results/accuracy-<UTC time>): accuracy.txt, and gate.json of each
  --no-install    install nothing
  -h, --help

Exit: 0 every bar holds, 1 one does not, 64 usage.
END
}

count=40
restarts=6
base_burn=100us
head_burn=113us
binaries=
output=
install=true

parse_options() {
  while (($# > 0)); do
    case $1 in
      --count | --restarts | --bin | --output)
        if (($# < 2)); then usage_error "$1 needs a value"; fi
        case $1 in
          --count) count=$2 ;;
          --restarts) restarts=$2 ;;
          --bin) binaries=$(cd "$2" && pwd -P) || usage_error "--bin: no folder $2" ;;
          --output) output=$2 ;;
        esac
        shift
        ;;
      --burn)
        if (($# < 3)); then usage_error "--burn needs two times"; fi
        base_burn=$2
        head_burn=$3
        shift 2
        ;;
      --no-install) install=false ;;
      -h | --help) usage && exit 0 ;;
      *) usage_error "unknown option $1" ;;
    esac
    shift
  done
  if ! [[ $count =~ ^[1-9][0-9]*$ ]]; then usage_error "--count: a number above 0"; fi
}

# The command of a build that burns so much.
build_that_burns() {
  echo "{bin}/reference_proxy --listen 127.0.0.1:{port} --backend {backend_url} --workers {workers} --burn-cpu $1"
}

# compare NAME HEAD_BURN: one comparison; its exit code in `verdict`, its seconds in `took`.
compare() {
  local began=$SECONDS
  verdict=0
  "$binaries/overhead" compare -q --stack reference --restarts "$restarts" --output "$output/$1" \
    --base "$(build_that_burns "$base_burn")" --head "$(build_that_burns "$2")" >"$output/$1.txt" 2>&1 || verdict=$?
  took=$((SECONDS - began))
  if ((took > longest)); then longest=$took; fi
  if ((verdict > 2)); then
    cat "$output/$1.txt" >&2
    die 1 "$1 could not be measured (exit $verdict)"
  fi
}

# Judges a comparison again, by its latency, and keeps the verdict alone: the record is large.
judge_latency() {
  latency=0
  "$binaries/overhead" gate "$output/$1" --budget "$output/latency.yaml" --output "$output/$1/latency" \
    >"$output/$1-latency.txt" 2>&1 || latency=$?
}

tidy() {
  cp "$output/$1/gate.json" "$output/$1.json"
  rm -r "${output:?}/$1"
}

bar() { # bar TEXT HOLDS
  local word="holds"
  if (($2 == 0)); then
    word="DOES NOT HOLD"
    missed=$((missed + 1))
  fi
  say "$1: $word"
}

report() {
  say "$count comparisons of each kind, $restarts restarts, burning $base_burn and $head_burn, the longest took $longest s"
  say "dearer build:            ${dearer[0]} pass, ${dearer[1]} fail, ${dearer[2]} no verdict"
  say "same build, by CPU:      ${same[0]} pass, ${same[1]} fail, ${same[2]} no verdict"
  say "same build, by latency:  ${null[0]} pass, ${null[1]} fail, ${null[2]} no verdict"
  bar "dearer: at least 32 of 40 fail" $((40 * dearer[1] >= 32 * count))
  bar "same, by CPU: at most 4 of 40 fail" $((40 * same[1] <= 4 * count))
  bar "same, by latency: at most 4 of 40 fail" $((40 * null[1] <= 4 * count))
  bar "same, by latency: at least 30 of 40 have a verdict" $((40 * (null[0] + null[1]) >= 30 * count))
  bar "at most 60 s a comparison" $((longest <= 60))
}

main() {
  parse_options "$@"
  cd "$HOPCOST_ROOT"
  if [[ -z $binaries ]]; then
    if $install; then scripts/install-deps.sh build; fi
    keep_ccache_in_build
    configure release
    run_logged build/release/accuracy.log cmake --build --preset release --parallel "$(build_jobs)" \
      --target overhead mockserver reference_proxy hopcost_supervisor
    binaries=$HOPCOST_ROOT/build/release/bin
  fi
  if [[ -z $output ]]; then output=results/accuracy-$(date -u +%Y%m%d-%H%M%S); fi
  mkdir -p "$output"
  printf 'confidence: 0.95\nbudgets:\n  - {quantity: e2e.p50, at_most: 5%%}\n' >"$output/latency.yaml"
  longest=0
  missed=0
  dearer=(0 0 0)
  same=(0 0 0)
  null=(0 0 0)
  for ((i = 1; i <= count; ++i)); do
    compare "dearer-$i" "$head_burn"
    dearer[verdict]=$((dearer[verdict] + 1))
    tidy "dearer-$i"
    compare "same-$i" "$base_burn"
    same[verdict]=$((same[verdict] + 1))
    judge_latency "same-$i"
    if ((latency > 2)); then
      cat "$output/same-$i-latency.txt" >&2
      die 1 "same-$i could not be judged"
    fi
    null[latency]=$((null[latency] + 1))
    tidy "same-$i"
    say "$i of $count: dearer ${dearer[*]}, same ${same[*]}, by latency ${null[*]} (pass, fail, no verdict)" >&2
  done
  report >"$output/accuracy.txt"
  cat "$output/accuracy.txt"
  if ((missed > 0)); then exit 1; fi
}

main "$@"
