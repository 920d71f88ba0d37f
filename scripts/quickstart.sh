#!/usr/bin/env bash
# From a fresh clone to a first report: install what is missing, build, measure.
set -euo pipefail
. "$(dirname "${BASH_SOURCE[0]}")/lib.sh"

usage() {
  cat <<'END'
usage: scripts/quickstart.sh [--yes] [--no-install] [OPTIONS OF overhead run...]

Installs what is missing (scripts/install-deps.sh, groups build, web and nginx), builds the release
preset into build/release, and runs the quickstart experiment:
  build/release/bin/overhead run configs/experiments/quickstart.yaml
It says how long each step took, what was found, and where the results are. A second run installs
nothing and builds only what changed.

Options:
  --yes         passed on to install-deps.sh: apt may remove packages that are in the way
  --no-install  install nothing; go on with what this machine has
  -h, --help
  anything else is passed on to `overhead run`, for example --time-budget 60s or --output results/mine

Writes only into build/ and results/ (and what apt installs). Ctrl-C stops everything it started.
Exit: that of `overhead run` (0 measured, 1 fail, 2 no verdict, 64 usage, 69 something did not come
up), or 1 if installing or building failed.
END
}

install=true
install_options=()
run_options=()
results=

parse_options() {
  while (($# > 0)); do
    case $1 in
      --yes | -y) install_options+=(--yes) ;;
      --no-install) install=false ;;
      -h | --help) usage && exit 0 ;;
      --output | -o)
        (($# > 1)) || usage_error "$1 needs a folder"
        results=$2
        shift
        ;;
      --output=*) results=${1#*=} ;;
      *) run_options+=("$1") ;;
    esac
    shift
  done
  if [[ -z $results ]]; then results=results/quickstart-$(date +%Y%m%d-%H%M%S); fi
}

# shellcheck disable=SC2317  # called through timed
build() {
  # The tests are another command's business (scripts/test.sh), and so is Catch2.
  configure release -DHOPCOST_TESTS=OFF || return
  build_preset release
}

# Waits for a child that runs in its own process group, and hands Ctrl-C and TERM on to it: overhead stops
# what it started, keeps what it measured and says so. The exit code is the child's.
wait_and_forward() {
  local child=$1 status=0
  trap 'kill -INT "$child" 2>/dev/null || true' INT
  trap 'kill -TERM "$child" 2>/dev/null || true' TERM
  while kill -0 "$child" 2>/dev/null; do
    wait "$child" || true  # a signal ends wait early; whether the child lives decides
  done
  wait "$child" || status=$?
  trap - INT TERM
  return "$status"
}

# Progress comes on standard error as it happens. Standard output is what was found: it is held back to
# be the last thing on the screen, after the times.
measure() {
  local found=$1 status=0 began=$SECONDS
  shift
  set -m
  build/release/bin/overhead run configs/experiments/quickstart.yaml --output "$results" "$@" \
    >"$found" &
  set +m
  wait_and_forward $! || status=$?
  say "measured in $((SECONDS - began)) s"
  return "$status"
}

main() {
  parse_options "$@"
  cd "$HOPCOST_ROOT"
  # Ninja answers Ctrl-C by exiting, which would look like a failed build.
  trap 'exit 130' INT
  trap 'exit 143' TERM
  keep_ccache_in_build
  if $install; then
    timed "dependencies" scripts/install-deps.sh "${install_options[@]}" build web nginx || exit 1
  fi
  timed "build" build || exit 1

  local status=0 found=build/release/quickstart.out
  measure "$found" "${run_options[@]}" || status=$?
  cat "$found"
  if [[ -d $results ]]; then say "results: $results"; fi
  if [[ -f $results/report.html ]]; then say "to look at: $results/report.html"; fi
  exit "$status"
}

main "$@"
