#!/usr/bin/env bash
# Makes docs/examples/: one of every output of loadgen.
set -euo pipefail
. "$(dirname "${BASH_SOURCE[0]}")/lib.sh"

usage() {
  cat <<'END'
usage: scripts/make-examples.sh [--bin DIR]

Starts a mockserver on a free port of 127.0.0.1 that refuses one request in twenty, runs loadgen
against it with two stages, and writes run.json and every other form of it into docs/examples/,
whose files it replaces.

Options:
  --bin DIR   where mockserver and loadgen are (default: build/release/bin)
  -h, --help

Exit: 0 made, 1 not, 64 usage.
END
}

readonly folder=docs/examples
bin=build/release/bin
server=
scratch=

clean_up() {
  stop_server
  if [[ -n $scratch ]]; then rm -rf "$scratch"; fi
}

main() {
  while (($# > 0)); do
    case $1 in
      --bin)
        (($# > 1)) || usage_error "--bin needs a folder"
        bin=$2
        shift
        ;;
      -h | --help) usage && exit 0 ;;
      *) usage_error "unknown option $1" ;;
    esac
    shift
  done
  cd "$HOPCOST_ROOT"
  trap clean_up EXIT
  scratch=$(mktemp -d)
  printf 'faults: [{fault: error, status: 503, probability: 0.05}]\n' >"$scratch/scenario.yaml"
  start_mock "$scratch/mockserver.log" "$bin/mockserver" --threads 1 --config "$scratch/scenario.yaml" \
    --ttft 20ms --itl 5ms
  rm -rf "$folder"
  "$bin/loadgen" "$url" --stream --stages 10/s:3s,20/s:3s --output-tokens 16 --slo mlperf-interactive \
    --fail-if 'errors>20%' --fail-if 'ttft.p50>100ms' --record 100 --output "$folder" \
    --format aiperf,bencher,csv,github,guidellm,hgrm,inference-perf,junit,k6,llm-d,locust,markdown,suite,vllm \
    >"$scratch/console.txt"
  cp "$scratch/console.txt" "$folder/console.txt"
  say "$(find "$folder" -type f | wc -l) files in $folder"
}

main "$@"
