#!/usr/bin/env bash
# Ends what scripts/standup.sh has stood up, also after a crash of whatever drove it.
set -euo pipefail
. "$(dirname "${BASH_SOURCE[0]}")/lib.sh"
. "$(dirname "${BASH_SOURCE[0]}")/standing.sh"

usage() {
  cat <<'END'
usage: scripts/teardown.sh [--state FILE]

Options:
  --state FILE   What scripts/standup.sh wrote (default: results/standup.state)
  -h, --help

Only the processes that were stood up are ended, and on Kubernetes what is labelled as hopcost's, but for the volume with
the results; results and logs stay.
Exit: 0 nothing stands, 1 it does not end, 64 usage.
END
}

state=$default_state
while (($# > 0)); do
  case $1 in
    -h | --help) usage && exit 0 ;;
    --state)
      if (($# < 2)); then usage_error "$1 needs a value"; fi
      state=$2
      shift
      ;;
    *) usage_error "unknown option $1" ;;
  esac
  shift
done

if [[ ! -e $state ]]; then
  say "nothing stands ($state is not there)"
  exit 0
fi
name=$(field "$state" stack_name)
if [[ -n $(field "$state" namespace) ]]; then
  "$HOPCOST_ROOT/deploy/teardown.sh" --namespace "$(field "$state" namespace)" --kubectl "$(field "$state" kubectl)" \
    --keep-results
elif stands "$state"; then
  pid=$(field "$state" pid)
  kill "$pid"
  # tail waits for a process that is not ours to wait for.
  if ! timeout 60 tail --pid="$pid" --follow /dev/null; then die 1 "$name (process $pid) does not end"; fi
  say "$name is torn down"
else
  say "$name had ended already"
fi
rm -f "$state"
