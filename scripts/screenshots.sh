#!/usr/bin/env bash
# Makes the pictures of the report that docs/ shows.
set -euo pipefail
. "$(dirname "${BASH_SOURCE[0]}")/lib.sh"

usage() {
  cat <<'END'
usage: scripts/screenshots.sh [--page FILE] [--output DIR]

Opens the page of the kept example run in headless Chromium, light and dark, and writes PNGs of its first screen and of
some sections into docs/images/, whose files of the same names it replaces. With the same Chromium and fonts it makes
the same bytes each time. A picture over 150 000 bytes is a failure.

Options:
  --page FILE    the report to show (default: results/example/report.html)
  --output DIR   where the pictures go (default: docs/images)
  -h, --help

Chromium and Node.js are Debian's (scripts/install-deps.sh browser). Exit: 0 made, 1 not, 64 usage.
END
}

readonly work=build/web-tests
page=$HOPCOST_ROOT/results/example/report.html
output=$HOPCOST_ROOT/docs/images

main() {
  while (($# > 0)); do
    case $1 in
      --page | --output)
        (($# > 1)) || usage_error "$1 needs a value"
        printf -v "${1#--}" '%s' "$(realpath -m -- "$2")"
        shift
        ;;
      -h | --help) usage && exit 0 ;;
      *) usage_error "unknown option $1" ;;
    esac
    shift
  done
  cd "$HOPCOST_ROOT"
  local program
  for program in node npm chromium; do
    have "$program" || die 1 "$program is missing (scripts/install-deps.sh browser)"
  done
  [[ -f $page ]] || die 1 "no page $page"
  install_web_modules "$work" || exit 1
  mkdir -p "$output"
  HOPCOST_MODULES=$work node tests/web/screenshots.mjs "$page" "$output"
}

main "$@"
