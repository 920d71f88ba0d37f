#!/usr/bin/env bash
# Proves that the two commands of the README work on a machine that has nothing installed.
set -euo pipefail
. "$(dirname "${BASH_SOURCE[0]}")/lib.sh"

usage() {
  cat <<'END'
usage: scripts/test-fresh.sh [--only quickstart|test] [--working-tree] [--keep] [--timeout DURATION]

Makes a minimal Debian 12 in a temporary folder with debootstrap, clones this repository into it,
and runs there, each in a root of its own that nothing was installed in:
  CI=true scripts/quickstart.sh
  CI=true scripts/test.sh
It says how long each took, and checks afterwards that the command
  - left no process running,
  - wrote nothing but build/, results/, the temporary folder and what apt installs,
  - left nothing of its own behind in apt's configuration.

Options:
  --only quickstart|test  one of the two
  --working-tree          the files as they are here, committed or not; otherwise the last commit
  --keep                  leave the roots where they are and say where
  --timeout DURATION      for each command, as timeout(1) reads it (default 60m)
  -h, --help

Needs root, about 6 GB in the temporary folder (TMPDIR), and the group fresh of install-deps.sh,
which it installs. Packages come from wherever this machine's apt takes them: its mirrors, proxy
and credentials are read when the script runs and go into the roots only. The roots see this
machine's network, /dev and /sys; all mounts are made in a private mount namespace and end with it.
What the commands printed is in build/fresh/.
Exit: 0 everything held, 1 something did not, 64 usage.
END
}

readonly suite=bookworm
readonly clone=src/hopcost
commands=(quickstart test)
working_tree=false
keep=false
limit=60m
work=
problems=0

parse_options() {
  while (($# > 0)); do
    case $1 in
      --only)
        [[ ${2:-} == quickstart || ${2:-} == test ]] || usage_error "--only takes quickstart or test"
        commands=("$2")
        shift
        ;;
      --working-tree) working_tree=true ;;
      --keep) keep=true ;;
      --timeout)
        (($# > 1)) || usage_error "--timeout needs a duration"
        limit=$2
        shift
        ;;
      -h | --help) usage && exit 0 ;;
      *) usage_error "unknown option $1" ;;
    esac
    shift
  done
}

problem() {
  complain "$*"
  problems=$((problems + 1))
}

# --- Packages: where this machine gets them -------------------------------------------------------------

# apt reads its own configuration, in every format it has. One "URI SUITE COMPONENT" a line.
package_sources() {
  # shellcheck disable=SC2016  # apt's placeholders
  apt-get indextargets --format '$(REPO_URI) $(RELEASE) $(COMPONENT)' 'Created-By: Packages' |
    awk -v suite="$suite" '$2 == suite || $2 == suite "-updates" || $2 == suite "-security"' | sort -u
}

main_mirror() {
  package_sources | awk -v suite="$suite" '$2 == suite && $3 == "main" { print $1; exit }'
}

# debootstrap fetches with wget, which knows nothing of apt's proxy and credentials.
debootstrap_as_apt_would() {
  local mirror=$1 target=$2 proxy include=()
  proxy=$(apt-config dump --format '%v%n' Acquire::http::Proxy)
  if [[ -n $proxy && $proxy != DIRECT ]]; then export http_proxy=${http_proxy:-$proxy}; fi
  proxy=$(apt-config dump --format '%v%n' Acquire::https::Proxy)
  if [[ -n $proxy && $proxy != DIRECT ]]; then export https_proxy=${https_proxy:-$proxy}; fi
  if [[ $mirror == https:* ]]; then include=(--include=ca-certificates); fi
  install -d -m 700 "$work/home"
  # The same netrc format, so wget can read it as it is.
  find /etc/apt/auth.conf /etc/apt/auth.conf.d -type f -exec cat {} + 2>/dev/null |
    install -m 600 /dev/stdin "$work/home/.netrc"
  HOME=$work/home debootstrap --variant=minbase "${include[@]}" "$suite" "$target" "$mirror"
}

# What apt inside needs to reach and believe the same mirrors. Hooks stay outside: they call programs
# that a fresh machine does not have.
copy_apt_configuration() {
  local root=$1 path
  package_sources | sed 's/^/deb /' >"$root/etc/apt/sources.list"
  apt-config dump |
    grep -E '^Acquire::((http|https)(::| )|Check-|Allow|Retries|ForceIPv|Max-ValidTime|Languages)' \
      >"$root/etc/apt/apt.conf.d/99from-outside" || true
  for path in auth.conf auth.conf.d trusted.gpg trusted.gpg.d; do
    if [[ -e /etc/apt/$path ]]; then cp -a "/etc/apt/$path" "$root/etc/apt/"; fi
  done
  # Keys that a source names one by one are trusted for all of this short-lived root.
  find /etc/apt/keyrings -type f \( -name '*.gpg' -o -name '*.asc' \) \
    -exec cp -t "$root/etc/apt/trusted.gpg.d" {} + 2>/dev/null || true
  if [[ -f /etc/ssl/certs/ca-certificates.crt && -d $root/etc/ssl/certs ]]; then
    cp /etc/ssl/certs/ca-certificates.crt "$root/etc/ssl/certs/"
  fi
  cp -L /etc/resolv.conf /etc/hosts "$root/etc/"
}

# --- A root: made once, copied before its first use -----------------------------------------------------

make_template() {
  local mirror
  mirror=$(main_mirror)
  [[ -n $mirror ]] || die 1 "this machine's apt has no source for $suite main"
  run_logged build/fresh/debootstrap.log debootstrap_as_apt_would "$mirror" "$work/template"
  copy_apt_configuration "$work/template"
  clone_repository "$work/template/$clone"
}

clone_repository() {
  local target=$1
  git clone --quiet --no-local "$HOPCOST_ROOT" "$target"
  if $working_tree; then
    # Deleted files are listed too; tar is told to live without them.
    git ls-files -z --cached --others --exclude-standard |
      tar --create --null --files-from=- --ignore-failed-read 2>/dev/null |
      tar --extract --directory "$target"
    git ls-files -z --deleted | (cd "$target" && xargs -0 --no-run-if-empty rm -f)
  elif [[ -n $(git status --porcelain) ]]; then
    say "note: uncommitted changes are not tested (--working-tree tests them)"
  fi
}

mount_system() {
  local root=$1
  mount -t proc proc "$root/proc"
  mount --rbind /sys "$root/sys"
  mount --bind /dev "$root/dev"
  mount --bind /dev/pts "$root/dev/pts"
  # Its own shared memory, so that nothing is left in ours.
  mount -t tmpfs tmpfs "$root/dev/shm"
}

unmount_system() {
  local root=$1 folder
  for folder in dev/shm dev/pts dev sys proc; do
    umount --recursive --lazy "$root/$folder" 2>/dev/null || true
  done
}

# --- What a command may leave behind ---------------------------------------------------------------------

# Every file outside the places where packages and the build are allowed to write.
files_of() {
  local root=$1 path prune=()
  for path in usr var etc proc sys dev run tmp "$clone/build" "$clone/results" "$clone/.git"; do
    prune+=(-path "$root/$path" -prune -o)
  done
  {
    find "$root" -xdev "${prune[@]}" \( -type d -printf '%P/\n' -o -printf '%P %y %s %T@\n' \)
    # Packages make folders here, but only we would make files.
    find "$root/usr/local" -xdev -type f -printf 'usr/local/%P %y %s %T@\n'
    find "$root/var/tmp" -xdev -type f -printf 'var/tmp/%P %y %s %T@\n'
  } | sort
}

git_state() {
  git -C "$1/$clone" status --porcelain --ignored --untracked-files=normal
}

processes_in() {
  local root=$1 link
  for link in /proc/[0-9]*/root; do
    if [[ $(readlink "$link" 2>/dev/null) == "$root"* ]]; then
      link=${link#/proc/}
      echo "${link%/root}"
    fi
  done
}

stop_processes_in() {
  local pid
  for pid in $(processes_in "$1"); do kill -KILL "$pid" 2>/dev/null || true; done
}

check_processes() {
  local root=$1 pid
  for pid in $(processes_in "$root"); do
    problem "still running: $pid $(tr '\0' ' ' 2>/dev/null <"/proc/$pid/cmdline")"
  done
}

check_files() {
  local root=$1 before=$2 line path
  while read -r line; do
    problem "touched outside build/ and results/: $line"
  done < <(diff "$before" <(files_of "$root") | grep '^[<>]' || true)
  while read -r line; do
    problem "not clean any more: $line"
  done < <(git_state "$root" | grep -vxF -f "$before.git" | grep -vE '^!! (build/|results/)' || true)
  if [[ -e $root/usr/sbin/policy-rc.d ]]; then problem "policy-rc.d was left behind"; fi
  # A stack that logs into its package's folders instead of the run's.
  while read -r path; do
    problem "nginx wrote to its system folder: ${path#"$root"}"
  done < <(find "$root/var/log/nginx" "$root/var/lib/nginx" -type f -size +0 2>/dev/null || true)
  while read -r path; do
    say "left in the temporary folder: ${path#"$root"}"
  done < <(find "$root/tmp" -mindepth 1 -maxdepth 1)
}

# --- One command in one root -----------------------------------------------------------------------------

run_inside() {
  local root=$1 command=$2
  local environment=(HOME=/root LANG=C.UTF-8 TERM=dumb CI=true
    PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin)
  local name
  for name in http_proxy https_proxy no_proxy; do
    if [[ -n ${!name:-} ]]; then environment+=("$name=${!name}"); fi
  done
  # In the foreground, so that Ctrl-C reaches what runs inside.
  env -i "${environment[@]}" timeout --foreground --kill-after=30s "$limit" \
    chroot "$root" /bin/bash -c "cd /$clone && exec $command" </dev/null
}

try_command() {
  local name=$1 root=$work/$1 began status=0 log=build/fresh/$1.log
  if [[ ${commands[-1]} == "$name" ]]; then
    mv "$work/template" "$root"
  else
    cp -a "$work/template" "$root"
  fi
  files_of "$root" >"$work/$name.files"
  git_state "$root" >"$work/$name.files.git"
  mount_system "$root"
  say "$name: CI=true scripts/$name.sh ... (its output: $log)"
  began=$SECONDS
  run_inside "$root" "scripts/$name.sh" >"$log" 2>&1 || status=$?
  local took=$((SECONDS - began))
  if ((status != 0)); then
    tail -n 100 "$log" >&2
    problem "$name: exit $status after $took s"
  else
    tail -n 5 "$log" | sed 's/^/  /'
  fi
  check_processes "$root"
  stop_processes_in "$root"
  unmount_system "$root"
  check_files "$root" "$work/$name.files"
  closing+=("$name exit $status in $took s")
}

clean_up() {
  local root
  if [[ -z $work || ! -d $work ]]; then return; fi
  for root in "$work/quickstart" "$work/test"; do
    stop_processes_in "$root"
    unmount_system "$root"
  done
  if $keep; then
    say "kept: $work"
    return
  fi
  # Never walk into something that is still mounted: it would be this machine's /dev.
  if grep -q " $work/" /proc/self/mountinfo; then
    complain "something is still mounted below $work; it was not removed"
    return
  fi
  rm -rf --one-file-system "$work"
}

main() {
  parse_options "$@"
  cd "$HOPCOST_ROOT"
  ((EUID == 0)) || die 1 "this needs root, for chroot and mounts: sudo scripts/test-fresh.sh"
  if [[ ${HOPCOST_FRESH_NAMESPACE:-} != "$$" ]]; then
    scripts/install-deps.sh fresh
    # The mark is this process's id: exec keeps it, and nobody inherits it by accident.
    HOPCOST_FRESH_NAMESPACE=$$ exec unshare --mount --propagation private \
      "$HOPCOST_ROOT/scripts/test-fresh.sh" "$@"
  fi
  unset HOPCOST_FRESH_NAMESPACE
  trap clean_up EXIT
  trap 'exit 130' INT
  trap 'exit 143' TERM
  work=$(mktemp -d "${TMPDIR:-/tmp}/hopcost-fresh.XXXXXX")
  chmod 755 "$work"
  mkdir -p build/fresh
  timed "a fresh $suite" make_template || exit 1
  local name closing=()
  for name in "${commands[@]}"; do try_command "$name"; done
  local IFS=,
  say "fresh: ${closing[*]}; $problems problems"
  ((problems == 0))
}

main "$@"
