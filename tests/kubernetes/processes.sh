# shellcheck shell=bash disable=SC2154  # what is named here is cluster.sh's
# The processes of cluster.sh: started, waited for, ended.
. "$(dirname "${BASH_SOURCE[0]}")/../../scripts/standing.sh"

inside() { # inside NAMESPACE COMMAND...: there, with this machine's files and cgroups
  local name=$1
  shift
  nsenter --net="/run/netns/$name" "$@"
}

# start NAMESPACE NAME COMMAND...: in the background; in $run its log, and its pid with when it began: after a restart of the
# machine the number alone may be a stranger's.
start() {
  local where=$1 name=$2 pid
  shift 2
  setsid nsenter --net="/run/netns/$where" "$@" >"$run/log/$name" 2>&1 </dev/null &
  pid=$!
  echo "$pid $(began "$pid")" >"$run/pids/$name"
}

await() { # await SECONDS WHAT COMMAND...: until it succeeds
  local limit=$((SECONDS + $1)) what=$2
  shift 2
  until "$@" >/dev/null 2>&1; do
    if ((SECONDS >= limit)); then die 69 "$what did not come up: see $run/log"; fi
    sleep 0.2
  done
}

# runs FILE: whether the process that start has written down there is still the one of that number; sets pid.
runs() {
  local since
  read -r pid since <"$1" || return
  [[ -n $since && $(began "$pid") == "$since" ]]
}

# stop PATTERN...: those whose pid files match, all at once, and waits until they are gone. By force: nothing of what they
# would put in order is needed any more.
stop() {
  local pattern file pid limit=$((SECONDS + 20)) files=()
  for pattern in "$@"; do
    for file in "$run"/pids/$pattern; do
      if [[ -f $file ]]; then files+=("$file"); fi
    done
  done
  for file in "${files[@]}"; do
    if runs "$file"; then kill -KILL "$pid" 2>/dev/null || true; fi
  done
  for file in "${files[@]}"; do
    while runs "$file"; do
      if ((SECONDS >= limit)); then die 69 "${file##*/} (process $pid) does not end, by force: see ps"; fi
      sleep 0.1
    done
    rm -f "$file"
  done
}

# What containerd has started outlives it: the containers, known by their control groups, and what holds them.
end_containers() {
  local limit=$((SECONDS + 10))
  while ((SECONDS < limit)); do
    find /sys/fs/cgroup -path "*/$control-*" -name cgroup.procs -exec cat {} + 2>/dev/null | sort -u |
      xargs -r kill -KILL 2>/dev/null || true
    pgrep -f "containerd-shim.* -address $run/" | xargs -r kill 2>/dev/null || true
    if ! pgrep -f "containerd-shim.* -address $run/" >/dev/null; then return; fi
    sleep 0.2
  done
  pgrep -f "containerd-shim.* -address $run/" | xargs -r kill -KILL 2>/dev/null || true
}
