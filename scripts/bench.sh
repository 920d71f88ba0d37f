#!/usr/bin/env bash
# How fast are mockserver and loadgen beside nginx and wrk? Ratios from one run, never absolute figures.
set -euo pipefail
. "$(dirname "${BASH_SOURCE[0]}")/lib.sh"
cd "$HOPCOST_ROOT"

usage() {
  cat <<'TXT'
usage: scripts/bench.sh [--rounds N] [--seconds S] [--no-install]

Compares, in interleaved rounds with client and server pinned to different CPUs:
  mockserver with nginx `return 200` (one thread each, 64 connections, the same 600-byte reply)
  loadgen with wrk (one thread each, 64 connections, the same mockserver)
The figure is requests per CPU-second of the program under test; the ratio is a geometric mean over
the rounds with its 95 % interval. Installs what is missing (wrk, nginx, python3), builds release.
Needs two CPUs. About a minute and a half with the defaults (12 rounds of 2 s a program).
TXT
}

arguments=()
install=1
while (($#)); do
  case $1 in
    -h | --help) usage; exit 0 ;;
    --no-install) install=0 ;;
    *) arguments+=("$1") ;;
  esac
  shift
done

if ((install)); then scripts/install-deps.sh build nginx bench; fi
keep_ccache_in_build
configure release
build_preset release
exec python3 scripts/bench.py --bin build/release/bin "${arguments[@]}"
