#!/usr/bin/env bash
# Installs the packages that building and testing hopcost needs, and only those that are missing.
set -euo pipefail
. "$(dirname "${BASH_SOURCE[0]}")/lib.sh"

usage() {
  cat <<'END'
usage: scripts/install-deps.sh [--yes] [--check] [GROUP...]

Finds out which packages are missing on this Debian 12 machine and installs those with apt-get.
A program counts as present wherever it came from; a library counts when its package is installed.
Prints a line for each thing it does, and nothing at all when nothing is missing.

Groups (default: build):
  build   the compiler, CMake, Ninja, ccache, git and the libraries that the programs link
  web     what the reports' page is built with (Node.js, npm) and plots become PNG by (rsvg-convert);
          without it there is no report.html, and plots are SVG only
  nginx   any nginx: the stack that the quickstart compares with
  stacks  HAProxy and Caddy, and what other stacks run on (Python's venv, Node.js, npm)
  test    what the tests add (Catch2)
  bench   peers of the load generator (wrk, python3)
  browser what the tests of the reports' page run on (Node.js, npm, Chromium), for scripts/web.sh
  sdks    what the official clients run on (Python's venv, Node.js, npm), for scripts/sdks.sh
  consumers
          what the readers of loadgen's formats run on (Python's venv, Node.js, npm), for
          scripts/consumers.sh
  workflows
          what the scripts of docs/workflows.md use (curl, jq, ApacheBench, perf)
  tidy    clang-tidy and clang-format, version 19, and shellcheck
  fuzz    clang 19 and its fuzzing runtime
  fresh   debootstrap, for scripts/test-fresh.sh
  kubernetes
          what scripts/kubernetes.sh makes a cluster of (etcd, containerd, runc, CNI's plugins, buildah, ...); Go, which
          Debian 12 has too old, is only looked for
  all     every group

Options:
  --yes    go ahead even if apt has to remove installed packages (Boost 1.81 and 1.74 cannot
           both be installed, for example). Without it you are asked; where there is no
           terminal to ask on, it stops, unless CI=true is set.
  --check  install nothing, only say what is missing; exit 1 if anything is
  -h, --help

No service is started while packages are installed, and no server is enabled at boot that was
installed by this script.
Exit: 0 everything is there, 1 something is missing or could not be installed, 64 usage.
END
}

assume_yes=false
only_check=false
exit_code=0
groups=()

parse_options() {
  local group
  while (($# > 0)); do
    case $1 in
      --yes | -y) assume_yes=true ;;
      --check) only_check=true ;;
      -h | --help) usage && exit 0 ;;
      -*) usage_error "unknown option $1" ;;
      all) groups+=("${all_groups[@]}") ;;
      *)
        for group in "${all_groups[@]}"; do
          if [[ $group == "$1" ]]; then
            groups+=("$1")
            shift
            continue 2
          fi
        done
        usage_error "unknown group $1"
        ;;
    esac
    shift
  done
  if ((${#groups[@]} == 0)); then groups=(build); fi
}

readonly all_groups=(build web nginx stacks test bench browser sdks consumers workflows tidy fuzz fresh kubernetes)

# What a group needs, one word each: "command:package" for a program, "package" for a library.
needs_of() {
  case $1 in
    build)
      echo g++:g++ cmake:cmake ninja:ninja-build ccache:ccache git:git
      echo libboost1.81-dev libboost-system1.81-dev libboost-url1.81-dev nlohmann-json3-dev
      echo libsimdjson-dev libyaml-cpp-dev libcli11-dev libfmt-dev libspdlog-dev libbenchmark-dev
      echo libssl-dev libzstd-dev zlib1g-dev
      ;;
    web) echo node:nodejs npm:npm rsvg-convert:librsvg2-bin fonts-liberation ;;
    nginx) echo nginx:nginx-light ;;
    stacks) echo haproxy:haproxy caddy:caddy python3:python3 python3-venv node:nodejs npm:npm ;;
    test) echo catch2 ;;
    bench) echo wrk:wrk python3:python3 ;;
    browser) echo node:nodejs npm:npm chromium:chromium fonts-liberation ;;
    sdks) echo python3:python3 python3-venv node:nodejs npm:npm ;;
    consumers) echo python3:python3 python3-venv node:nodejs npm:npm ;;
    workflows)
      echo curl:curl jq:jq ab:apache2-utils pgrep:procps perf:linux-perf wrk:wrk
      echo python3:python3 python3-venv
      ;;
    tidy) echo clang-tidy-19:clang-tidy-19 clang-format-19:clang-format-19 shellcheck:shellcheck ;;
    fuzz) echo clang++-19:clang-19 libclang-rt-19-dev ;;
    fresh) echo debootstrap:debootstrap ;;
    kubernetes)
      echo etcd:etcd-server containerd:containerd runc:runc containernetworking-plugins buildah:buildah
      echo iptables:iptables ip:iproute2 openssl:openssl debootstrap:debootstrap jq:jq envsubst:gettext-base zstd:zstd
      echo cc:gcc libc6-dev pgrep:procps
      ;;
  esac
}

library_installed() {
  [[ $(dpkg-query --show --showformat='${db:Status-Status}' "$1" 2>/dev/null) == installed ]]
}

# Kubernetes is compiled with Go; Debian 12's own is 1.19.
readonly oldest_go=1.24

# go_is_missing: whether a chosen group needs a Go that is not there.
go_is_missing() {
  local found
  if [[ " ${groups[*]} " != *' kubernetes '* ]]; then return 1; fi
  found=$(go env GOVERSION 2>/dev/null) || found=go0
  [[ $(printf '%s\n' "$oldest_go" "${found#go}" | sort --version-sort | head -n 1) != "$oldest_go" ]]
}

# The packages of the chosen groups that are not there yet, one a line.
missing_packages() {
  local group need
  for group in "${groups[@]}"; do
    for need in $(needs_of "$group"); do
      if [[ $need == *:* ]]; then
        have "${need%%:*}" || echo "${need#*:}"
      else
        library_installed "$need" || echo "$need"
      fi
    done
  done | sort -u
}

is_debian_12() {
  [[ -r /etc/os-release ]] && (
    . /etc/os-release
    [[ ${ID:-} == debian && ${VERSION_ID:-} == 12 ]]
  )
}

refuse_elsewhere() {
  local group need
  complain "this installs packages on Debian 12 only, and this is another system. Needed here:"
  for group in "${groups[@]}"; do
    for need in $(needs_of "$group"); do
      printf '  %s: %s\n' "$group" "${need#*:}" >&2
    done
  done
  complain "(Debian's package names; g++ 12 or later, Boost 1.81 or later)"
  exit 1
}

# How to become root, as a command prefix; empty when we are root already.
become_root=()

find_root() {
  if ((EUID == 0)); then return; fi
  if have sudo; then
    become_root=(sudo)
    return
  fi
  die 1 "packages are missing, and only root can install them. As root, run:
  apt-get update && apt-get install --no-install-recommends $*"
}

as_root() { "${become_root[@]}" "$@"; }

# apt's own output matters only when it fails.
apt() {
  run_logged "$scratch/apt.log" as_root env DEBIAN_FRONTEND=noninteractive \
    apt-get --quiet --yes --no-install-recommends \
    -o Dpkg::Use-Pty=0 -o DPkg::Lock::Timeout=300 -o Acquire::Retries=3 "$@"
}

packages_apt_would_remove() {
  apt-get install --simulate --no-install-recommends "$@" | awk '$1 == "Remv" { print $2 }'
}

agree_to_removals() {
  local removed answer
  removed=$(packages_apt_would_remove "$@") || die 1 "apt cannot install: $*"
  if [[ -z $removed ]]; then return; fi
  say "apt has to remove these packages, which exclude what is needed:"
  say "  ${removed//$'\n'/ }"
  if $assume_yes; then return; fi
  if [[ -t 0 ]]; then
    read -r -p "Remove them? [y/N] " answer || answer=no
    [[ $answer == [yY] || $answer == [yY][eE][sS] ]] || die 1 "nothing was changed"
    return
  fi
  in_ci || die 1 "nothing was changed; to go ahead, run it on a terminal, or with --yes, or set CI=true"
}

# While this file answers 101, package scripts start no service. One that is there already stays as it is:
# somebody decided what may start on this machine.
readonly policy=/usr/sbin/policy-rc.d
policy_is_ours=false
scratch=

forbid_services() {
  # noclobber makes "create it, or leave the existing one alone" a single step.
  # shellcheck disable=SC2016  # $1 is for the inner shell
  if as_root sh -c 'set -C; printf "#!/bin/sh\nexit 101\n" >"$1" && chmod 755 "$1"' sh "$policy" \
    2>/dev/null; then
    policy_is_ours=true
  fi
}

clean_up() {
  if $policy_is_ours; then
    as_root rm -f "$policy"
    policy_is_ours=false
  fi
  if [[ -n $scratch ]]; then rm -rf "$scratch"; fi
}

# keep_off_at_boot PACKAGE...: Debian enables a server's unit as it installs it; we only want the program.
keep_off_at_boot() {
  local package unit
  have systemctl || return 0
  for package; do
    case $package in
      nginx-light) unit=nginx ;;
      haproxy | caddy) unit=$package ;;
      *) continue ;;
    esac
    as_root systemctl --quiet disable "$unit.service" >/dev/null 2>&1 || true
    say "$unit was neither started nor enabled at boot"
  done
}

install_packages() {
  local began=$SECONDS
  say "refreshing apt's package lists"
  apt update || complain "apt could not refresh every list; going on with what it has"
  agree_to_removals "$@"
  say "installing $# packages: $*"
  forbid_services
  apt install "$@" || die 1 "apt could not install what is missing"
  keep_off_at_boot "$@"
  say "installed in $((SECONDS - began)) s"
}

main() {
  parse_options "$@"
  is_debian_12 || refuse_elsewhere
  local missing
  mapfile -t missing < <(missing_packages)
  if go_is_missing; then
    complain "Go $oldest_go or newer is missing, and Debian 12 has none: https://go.dev/dl (its bin directory in PATH)"
    exit_code=1
  fi
  if ((${#missing[@]} == 0)); then exit "$exit_code"; fi
  if $only_check; then
    printf 'missing: %s\n' "${missing[@]}"
    exit 1
  fi
  find_root "${missing[@]}"
  # With these traps bash waits for apt to end before it cleans up, so that no service slips through.
  trap clean_up EXIT
  trap 'exit 130' INT
  trap 'exit 143' TERM
  scratch=$(mktemp -d)
  install_packages "${missing[@]}"
  ((exit_code == 0))
}

main "$@"
