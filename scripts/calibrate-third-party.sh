#!/usr/bin/env bash
# Does the ruler recover a delay in a proxy that it knows nothing of?
set -euo pipefail
. "$(dirname "${BASH_SOURCE[0]}")/lib.sh"

usage() {
  cat <<'END_OF_USAGE'
usage: scripts/calibrate-third-party.sh [--delays LIST] [--restarts N] [--bin DIR] [--output DIR] [--no-install]

HAProxy with a Lua action that uses up a known CPU time before it forwards a request, compared with the same
HAProxy and the same action that uses up none (`overhead compare`, one user, plain replies). What is recovered is
head minus base of the median latency; allowed: 10 us or 5 %, whichever is larger. Recovered: the whole interval lies
within. (Using up CPU time takes a little longer than that time: interrupts are not in it.)

Options:
  --delays LIST   microseconds (default 100,1000,5000)
  --restarts N    of each comparison (default 10)
  --bin DIR       measure the programs of that folder instead of building them (release)
  --output DIR    results (default results/third-party-<UTC time>): third-party.txt, and run.json of each
  --no-install    install nothing
  -h, --help

Exit: 0 all recovered, 1 one was not, 2 too noisy to tell, 64 usage.
END_OF_USAGE
}

delays=100,1000,5000
restarts=10
binaries=
output=
install=true

parse_options() {
  while (($# > 0)); do
    case $1 in
      --delays | --restarts | --bin | --output)
        if (($# < 2)); then usage_error "$1 needs a value"; fi
        case $1 in
          --delays) delays=$2 ;;
          --restarts) restarts=$2 ;;
          --bin) binaries=$(cd "$2" && pwd -P) || usage_error "--bin: no folder $2" ;;
          --output) output=$2 ;;
        esac
        shift
        ;;
      --no-install) install=false ;;
      -h | --help) usage && exit 0 ;;
      *) usage_error "unknown option $1" ;;
    esac
    shift
  done
  if ! [[ $delays =~ ^[1-9][0-9]*(,[1-9][0-9]*)*$ ]]; then usage_error "--delays: microseconds, such as 100,1000"; fi
}

write_manifest() {
  cat >"$1" <<'END_OF_MANIFEST'
name: haproxy-lua
summary: HAProxy that uses up the CPU time SPIN_US before it forwards a request
requires: [haproxy]
command: [haproxy]
files:
  spin.lua: |
    local seconds = tonumber(os.getenv("SPIN_US")) / 1e6
    core.register_action("spin", {"http-req"}, function()
      if seconds == 0 then return end
      local ends = os.clock() + seconds
      while os.clock() < ends do end
    end)
  haproxy.cfg: |
    global
      nbthread 1
      tune.lua.forced-yield 100000000
      lua-load {dir}/spin.lua
    defaults
      mode http
      timeout connect 5s
      timeout client 60s
      timeout server 60s
      http-reuse always
      option http-no-delay
    frontend f
      bind 127.0.0.1:{port}
      monitor-uri /healthz
      http-request lua.spin if METH_POST
      default_backend b
    backend b
      server m {backend_host}:{backend_port} pool-max-conn 512
ready: {path: /healthz, timeout: 15s}
workers: {knob: nbthread, seen_as: not_verifiable}
END_OF_MANIFEST
}

# Tells what a comparison recovered; its exit code: 0 recovered, 1 not, 2 too noisy.
tell() {
  python3 - "$1" "$2" <<'END_OF_PYTHON'
import json
import sys

asked = float(sys.argv[2])
cell = json.load(open(sys.argv[1]))["cells"][0]
difference = cell["overheads"]["e2e.p50"]["difference"]
value, low, high = (difference[key] / 1e3 for key in ("value", "low", "high"))
allowed = max(10.0, 0.05 * asked)
if cell["state"] == "no verdict":
    word, code = "no verdict: " + "; ".join(cell["reasons"]), 2
elif asked - allowed <= low and high <= asked + allowed:
    word, code = "recovered", 0
elif high < asked - allowed or low > asked + allowed:
    word, code = "NOT recovered", 1
else:
    word, code = "no verdict: too noisy", 2
restarts = len(difference["restarts"])
print(f"{asked:8.0f} us  {value:9.1f} [{low:.1f}, {high:.1f}] over {restarts} restarts  allowed {allowed:.0f}  {word}")
sys.exit(code)
END_OF_PYTHON
}

main() {
  parse_options "$@"
  cd "$HOPCOST_ROOT"
  if [[ -z $binaries ]]; then
    if $install; then scripts/install-deps.sh build; fi
    keep_ccache_in_build
    configure release
    run_logged build/release/third-party.log cmake --build --preset release --parallel "$(build_jobs)" \
      --target overhead mockserver hopcost_supervisor
    binaries=$HOPCOST_ROOT/build/release/bin
  fi
  if ! have haproxy; then die 1 "there is no haproxy (apt-get install haproxy)"; fi
  if [[ -z $output ]]; then output=results/third-party-$(date -u +%Y%m%d-%H%M%S); fi
  mkdir -p "$output"
  write_manifest "$output/haproxy-lua.yaml"
  local delay status worst=0
  say "HAProxy $(haproxy -v | sed -n '1s/.*version \([^ ]*\).*/\1/p'): known CPU time before each request, and what was recovered" |
    tee "$output/third-party.txt"
  for delay in ${delays//,/ }; do
    status=0
    "$binaries/overhead" compare -q --stack "$output/haproxy-lua.yaml" --concurrency 1 --restarts "$restarts" \
      --output "$output/$delay" --base 'env SPIN_US=0 haproxy -f {dir}/haproxy.cfg' \
      --head "env SPIN_US=$delay haproxy -f {dir}/haproxy.cfg" >"$output/$delay.txt" 2>&1 || status=$?
    if ((status > 2)); then
      cat "$output/$delay.txt" >&2
      die 1 "could not be measured (exit $status)"
    fi
    status=0
    tell "$output/$delay/run.json" "$delay" >>"$output/third-party.txt" || status=$?
    tail -n 1 "$output/third-party.txt"
    if ((status == 1 || (status == 2 && worst == 0))); then worst=$status; fi
  done
  exit "$worst"
}

main "$@"
