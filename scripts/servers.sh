# shellcheck shell=bash
# A mock backend and a stack in front of it, for as long as a script needs them. Source it after lib.sh.

servers=         # process that keeps them up; empty: none
backend_urls=()  # of the backends
stack_urls=()    # of the stack's instances
client_options=() # what loadgen has to be told for the stack: model, headers, key

# start_servers PROGRAMS OPTION...: `overhead stacks OPTION...`, with --start among them. Where it does not come up, the
# script ends with its exit code.
start_servers() {
  local program=$1/overhead line status=0
  shift
  # Clients of some stacks need a key: one for this run, which stays in the environment.
  export HOPCOST_STACK_KEY=${HOPCOST_STACK_KEY:-$(od -An -N16 -tx1 /dev/urandom | tr -d ' \n')}
  coproc SERVERS { exec "$program" stacks "$@"; }
  servers=$SERVERS_PID
  backend_urls=()
  stack_urls=()
  client_options=()
  while read -r line; do
    case $line in
      "backend "*) backend_urls+=("${line#backend }") ;;
      "stack "*) stack_urls+=("${line#stack }") ;;
      "model "*) client_options+=(--model "${line#model }") ;;
      "header authorization: Bearer "*)
        line=${line#header authorization: Bearer }
        export HOPCOST_CLIENT_KEY=${line/\$HOPCOST_STACK_KEY/$HOPCOST_STACK_KEY}
        client_options+=(--api-key-env HOPCOST_CLIENT_KEY)
        ;;
      "header "*) client_options+=(--header "${line#header }") ;;
      ready*) return ;;
    esac
  done <&"${SERVERS[0]}"
  wait "$servers" || status=$?
  servers=
  exit "$status"
}

stop_servers() {
  if [[ -z $servers ]]; then return; fi
  kill "$servers" 2>/dev/null || true
  wait "$servers" 2>/dev/null || true
  servers=
}

# build_programs: unless binaries names a folder (--bin) sets it to the release build's, which is built first; install
# (--no-install) says whether what that needs is installed.
# shellcheck disable=SC2034,SC2154  # of the script
build_programs() {
  if [[ -n $binaries ]]; then return; fi
  if $install; then scripts/install-deps.sh build web; fi
  keep_ccache_in_build
  configure release
  run_logged build/release/benchmark.log cmake --build --preset release --parallel "$(build_jobs)" \
    --target overhead loadgen mockserver reference_proxy hopcost_supervisor
  binaries=$HOPCOST_ROOT/build/release/bin
}
