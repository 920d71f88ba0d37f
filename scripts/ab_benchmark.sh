#!/usr/bin/env bash
# Plain HTTP load on a completions endpoint by loadgen, and beside it by ApacheBench where it is installed.
set -euo pipefail
. "$(dirname "${BASH_SOURCE[0]}")/lib.sh"

usage() {
  cat <<'END_OF_USAGE'
usage: scripts/ab_benchmark.sh [--model NAME] [--bin DIR] [BASE_URL] [REQUESTS] [CONCURRENCY]

Sends REQUESTS (default 1000) unary chat completions with CONCURRENCY (default 10) under way to BASE_URL (default
http://localhost:8000), all alike as ApacheBench's are. The same by ab, where it is there (apt-get install
apache2-utils). An API key is not sent by ab, which takes it as an argument only.

  --model NAME  (default mock-model)
  --bin DIR     take loadgen of that folder (default build/release/bin)

Exit: 0 done, 2 the measurement is not valid, 64 usage, 69 nobody answers.
END_OF_USAGE
}

model=mock-model
binaries=$HOPCOST_ROOT/build/release/bin
scratch=

parse_options() {
  while (($# > 0)); do
    case $1 in
      --model | --bin)
        if (($# < 2)); then usage_error "$1 needs a value"; fi
        if [[ $1 == --model ]]; then model=$2; else binaries=$2; fi
        shift
        ;;
      -h | --help) usage && exit 0 ;;
      -*) usage_error "unknown option $1" ;;
      *) break ;;
    esac
    shift
  done
  url=${1:-http://localhost:8000}
  url=${url%/}
  url=${url%/v1}
  requests=${2:-1000}
  concurrency=${3:-10}
  if (($# > 3)) || ! [[ $requests$concurrency =~ ^[0-9]+$ ]]; then
    usage_error "BASE_URL, a number of requests, a concurrency"
  fi
}

by_ab() {
  if ! have ab; then
    say "ab: not installed (apt-get install apache2-utils)"
    return
  fi
  scratch=$(mktemp -d)
  printf '{"model": "%s", "max_tokens": 64, "messages": [{"role": "user", "content": "%s"}]}' "$model" \
    "$(printf 'word %.0s' {1..32})" >"$scratch/body.json"
  say "ab, the same load:"
  ab -q -k -n "$requests" -c "$concurrency" -p "$scratch/body.json" -T application/json \
    "$url/v1/chat/completions" >"$scratch/ab.txt" || { cat "$scratch/ab.txt" >&2 && return 1; }
  grep -E '^(Complete requests|Failed requests|Non-2xx|Requests per second|Time per request| +(50|95|99)%)' \
    "$scratch/ab.txt" | sed 's/^ */  /'
}

main() {
  parse_options "$@"
  if ! [[ -x $binaries/loadgen ]]; then die 69 "no loadgen in $binaries: scripts/quickstart.sh builds it"; fi
  trap 'if [[ -n $scratch ]]; then rm -rf "$scratch"; fi' EXIT
  trap 'complain "stopped; nothing is saved" && exit 130' INT
  local status=0 key=()
  if [[ -n ${OPENAI_API_KEY:-} ]]; then key=(--api-key-env OPENAI_API_KEY); fi
  "$binaries/loadgen" "$url" --model "$model" --requests "$requests" --concurrency "$concurrency" --warmup 0 \
    --duration 10m --same-prompts "${key[@]}" || status=$?
  by_ab
  exit "$status"
}

main "$@"
