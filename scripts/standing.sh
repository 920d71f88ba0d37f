# shellcheck shell=bash
# What standup.sh has stood up, run.sh drives and teardown.sh stops: the state file. Source it after lib.sh.

# shellcheck disable=SC2034  # for the scripts
default_state=$HOPCOST_ROOT/results/standup.state

# began PID: when the process began, in clock ticks since the machine did; nothing once it has ended.
began() {
  local stat
  stat=$(cat "/proc/$1/stat" 2>/dev/null) || return 0
  read -r -a stat <<<"${stat##*) }" # the name in front may hold anything
  if [[ ${stat[0]} != Z ]]; then echo "${stat[19]}"; fi
}

# field FILE NAME: the values of the lines of that name.
field() { sed -n "s/^$2 //p" "$1"; }

# stands FILE: whether what the state names is still there, and is what was stood up.
stands() {
  local pid
  if [[ -n $(field "$1" namespace) ]]; then
    "$(field "$1" kubectl)" --namespace "$(field "$1" namespace)" get deployment vllm-server --output name >/dev/null 2>&1
    return
  fi
  pid=$(field "$1" pid)
  [[ -n $pid && $(began "$pid") == "$(field "$1" began)" ]]
}
