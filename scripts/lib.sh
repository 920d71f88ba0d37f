# shellcheck shell=bash
# What the scripts share. Source it: . "$(dirname "${BASH_SOURCE[0]}")/lib.sh"
# It sets HOPCOST_ROOT (absolute) and defines functions; it changes nothing and prints nothing.

HOPCOST_ROOT=$(cd "$(dirname "${BASH_SOURCE[0]}")/.." && pwd -P)

readonly EXIT_USAGE=64

say() { printf '%s\n' "$*"; }
complain() { printf '%s: %s\n' "${0##*/}" "$*" >&2; }

# die CODE MESSAGE
die() {
  local code=$1
  shift
  complain "$*"
  exit "$code"
}

# usage_error MESSAGE: with the usage line, and the line of the option that it names.
usage_error() {
  local option
  complain "$*"
  if declare -F usage >/dev/null; then
    option=$(grep -oE -- '(^| )--?[a-z][a-z-]*' <<<"$*" | head -n 1 | tr -d ' ') || true
    usage | awk -v option="$option" '
      NF == 0 { told = 1 }
      !told || (option != "" && /^ +-/ && $0 ~ "(^|[ ,])" option "([ ,]|$)")' >&2
  fi
  say "(--help tells the rest)" >&2
  exit "$EXIT_USAGE"
}

# heed_interrupts ARGUMENT...: what was started in the background of a script has Ctrl-C ignored, and cannot trap it: begins
# again where that is so.
heed_interrupts() {
  if [[ $(trap -p INT) == "trap -- '' SIGINT" ]]; then exec env --default-signal=INT "$0" "$@"; fi
}

# Servers live in sbin, which is not in everybody's PATH.
have() {
  PATH="$PATH:/usr/local/sbin:/usr/sbin:/sbin" command -v "$1" >/dev/null 2>&1
}

in_ci() { [[ ${CI:-} == true || ${CI:-} == 1 ]]; }

# A compiler that reads Asio takes about 1.5 GB: as many at once as there are cores, but no more than fit.
build_jobs() {
  local cores fit
  cores=$(nproc)
  fit=$(awk '/^MemAvailable:/ { print int($2 / 1572864) }' /proc/meminfo)
  if ((fit < 1)); then fit=1; fi
  echo $((cores < fit ? cores : fit))
}

# The compiler cache stays in the build folder, so that nothing is written to the user's home.
keep_ccache_in_build() {
  export CCACHE_DIR=${CCACHE_DIR:-$HOPCOST_ROOT/build/ccache}
}

# run_logged LOG COMMAND...: output goes to LOG; it is shown only if the command fails.
run_logged() {
  local log=$1 status=0
  shift
  mkdir -p "$(dirname "$log")"
  "$@" >"$log" 2>&1 || status=$?
  if ((status != 0)); then
    complain "'$*' failed (exit $status):"
    cat "$log" >&2
  fi
  return "$status"
}

# configure PRESET [-DNAME=VALUE...]
configure() {
  local preset=$1
  shift
  run_logged "build/$preset/configure.log" cmake --preset "$preset" "$@"
}

# build_preset PRESET [PREFIX...]: one status line on a terminal, only warnings and errors elsewhere. PREFIX
# is a command that runs the build, such as `setarch -R`.
build_preset() {
  local preset=$1 quiet=(-- --quiet)
  shift
  if [[ -t 1 ]]; then quiet=(); fi
  "$@" cmake --build --preset "$preset" --parallel "$(build_jobs)" "${quiet[@]}"
}

# start_mock LOG PROGRAM [OPTION...]: starts a mockserver on a free port of 127.0.0.1 and waits until it listens.
# Sets server (its pid) and url; shows the log where it does not come up.
start_mock() {
  local log=$1 limit=100
  shift
  url=''
  : >"$log" # the other process may come to make it only after it is looked into
  "$1" --listen 127.0.0.1:0 "${@:2}" >"$log" 2>&1 &
  server=$!
  while ((limit-- > 0)); do
    url=$(sed -n 's/^listening on \(http:[^ ]*\)$/\1/p' "$log")
    if [[ -n $url ]]; then return 0; fi
    kill -0 "$server" 2>/dev/null || break
    sleep 0.1
  done
  complain "$1 did not start:"
  cat "$log" >&2
  return 1
}

# stop_server: stops what start_mock has started, and waits for it.
stop_server() {
  if [[ -n $server ]]; then
    kill "$server" 2>/dev/null || true
    wait "$server" 2>/dev/null || true
    server=
  fi
}

# timed LABEL COMMAND...: runs it and says how long it took; the exit code is the command's.
timed() {
  local label=$1 began=$SECONDS status=0
  shift
  "$@" || status=$?
  if ((status == 0)); then
    say "$label: $((SECONDS - began)) s"
  else
    say "$label: failed after $((SECONDS - began)) s"
  fi
  return "$status"
}

# find_python MODULE MINOR...: a Python 3.MINOR that has the module, the first of these, on PATH or under pyenv.
find_python() {
  local module=$1 minor candidate
  shift
  for minor; do
    for candidate in "python3.$minor" "${PYENV_ROOT:-${HOME:-/root}/.pyenv}/versions/3.$minor".*/bin/python3; do
      # A name alone may be a shim of pyenv's that leads nowhere.
      if "$candidate" -c "import $module" 2>/dev/null; then
        printf '%s\n' "$candidate"
        return
      fi
    done
  done
  return 1
}

# install_node_modules FOLDER SUITE: what SUITE/package.json names, at the exact versions of its package-lock.json.
install_node_modules() {
  mkdir -p "$1"
  cp "$2/package.json" "$2/package-lock.json" "$1/"
  run_logged "$1/npm.log" env npm_config_cache="$1/npm" \
    npm ci --prefix "$1" --ignore-scripts --no-audit --no-fund --no-update-notifier
}

# install_web_modules FOLDER: what drives a browser.
install_web_modules() { install_node_modules "$1" "$HOPCOST_ROOT/tests/web"; }
