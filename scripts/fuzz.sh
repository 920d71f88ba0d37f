#!/usr/bin/env bash
# Runs every fuzz target for a while; findings and what the fuzzer learned stay under build/fuzz/.
#   scripts/fuzz.sh [SECONDS_PER_TARGET=60] [TARGET]      for example: scripts/fuzz.sh 300 sse
set -euo pipefail
cd "$(dirname "$0")/.."

seconds=${1:-60}
only=${2:-}
if ! [[ $seconds =~ ^[1-9][0-9]*$ ]]; then
  echo "fuzz.sh: '$seconds' is not a number of seconds" >&2
  exit 64
fi
target=fuzz_${only:-targets}
build=build/fuzz
mkdir -p "$build"
log=$build/fuzz-build.log
list=$build/fuzz_targets.txt

build_failed() {
  tail -30 "$log" >&2
  echo "fuzz: the targets do not build (whole log: $log)"
  exit 1
}
cmake --preset fuzz >"$log" 2>&1 || build_failed
if [[ -n $only ]] && ! grep -q "^$only " "$list"; then
  echo "fuzz.sh: there is no target '$only'; there are: $(cut -d' ' -f1 "$list" | tr '\n' ' ')" >&2
  exit 64
fi
cmake --build "$build" --target "$target" >>"$log" 2>&1 || build_failed

ran=0
found=()
while read -r name corpus; do
  [[ -z $only || $name == "$only" ]] || continue
  grown=$build/corpus/$name
  findings=$build/findings/$name
  mkdir -p "$grown" "$findings"
  echo "$name: $seconds s"
  if ! "$build/bin/fuzz_$name" -max_total_time="$seconds" -max_len=4096 -timeout=10 -rss_limit_mb=2048 -print_final_stats=1 \
    -artifact_prefix="$findings/" "$grown" "$corpus" >"$build/fuzz-$name.log" 2>&1; then
    found+=("$name")
    grep -E 'does not hold|ERROR|SUMMARY|Test unit written' "$build/fuzz-$name.log" | head -5 >&2 || true
  fi
  ran=$((ran + 1))
done <"$list"

if ((${#found[@]} > 0)); then
  echo "fuzz: ${#found[@]} of $ran targets found something: ${found[*]} (inputs in $build/findings/)"
  exit 1
fi
if ((ran == 0)); then
  echo "fuzz: no targets, nothing was run"
  exit 1
fi
echo "fuzz: $ran targets, $seconds s each, nothing found"
