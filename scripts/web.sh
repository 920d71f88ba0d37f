#!/usr/bin/env bash
# The reports' page in a real browser.
set -euo pipefail
. "$(dirname "${BASH_SOURCE[0]}")/lib.sh"

usage() {
  cat <<'END'
usage: scripts/web.sh [--bin DIR] [--run RESULTS] [--screenshots DIR]

Checks the types of the page's TypeScript, makes a short run of `overhead` (or takes RESULTS), changes its record in
ways a run can go (no verdict, below resolution, hostile names, a hundred and a thousand cells), has each rendered
by `overhead report`, and opens them in headless Chromium: no console error, no request leaves the page, every chart
is drawn with the record's figures, filters work, axe-core finds no serious fault, each verdict has its words.

What it runs on is installed from npm's registry, at the exact versions of tests/web/package-lock.json, into
build/web-tests/; Chromium and Node.js are Debian's (scripts/install-deps.sh browser).

Options:
  --bin DIR          the programs to test (default: build/release/bin)
  --run RESULTS      a results folder to start from, instead of a run
  --screenshots DIR  also writes PNGs of the page there, for people to look at
  -h, --help

The last line is `N passed, M failed`. Exit: 0 nothing failed, 1 something failed, 64 usage.
END
}

readonly work=build/web-tests
bin=build/release/bin
run=
screenshots=

parse_options() {
  while (($# > 0)); do
    case $1 in
      --bin | --run | --screenshots)
        (($# > 1)) || usage_error "$1 needs a folder"
        printf -v "${1#--}" '%s' "$2"
        shift
        ;;
      -h | --help) usage && exit 0 ;;
      *) usage_error "unknown option $1" ;;
    esac
    shift
  done
}

main() {
  parse_options "$@"
  if [[ -n $screenshots ]]; then mkdir -p "$screenshots" && screenshots=$(cd "$screenshots" && pwd); fi
  if [[ -n $run ]]; then run=$(cd "$run" && pwd); fi
  cd "$HOPCOST_ROOT"
  local program status=0
  for program in node npm chromium; do
    have "$program" || die 1 "$program is missing (scripts/install-deps.sh browser)"
  done
  install_web_modules "$work" || exit 1
  if [[ -z $run ]]; then
    run=$work/run
    say "a short run to look at ..."
    "$bin/overhead" run --stack reference --restarts 2 --rounds 2 --min-pass 100ms --concurrency 1,4 --workers 1,2 \
      --streaming both --ceilings on --quiet --output "$run" >"$work/run.log" 2>&1 || status=$?
    # No verdict (2) is an answer too: other work on this machine is no fault of the page.
    if ((status != 0 && status != 2)); then
      cat "$work/run.log" >&2
      die 1 "overhead run failed (exit $status)"
    fi
  fi
  status=0
  HOPCOST_BIN=$bin HOPCOST_RUN=$run HOPCOST_SCREENSHOTS=$screenshots HOPCOST_MODULES=$work \
    node --test-reporter=spec --test tests/web/*.test.mjs >"$work/tests.log" 2>&1 || status=$?
  grep -vE '^ℹ (suites|cancelled|skipped|todo|duration)' "$work/tests.log" || true
  local passed failed
  passed=$(sed -n 's/^ℹ pass //p' "$work/tests.log")
  failed=$(sed -n 's/^ℹ fail //p' "$work/tests.log")
  if ((status != 0 && ${failed:-0} == 0)); then failed=1; fi
  say "${passed:-0} passed, ${failed:-1} failed"
  ((status == 0))
}

main "$@"
