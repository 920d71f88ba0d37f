#!/usr/bin/env bash
# The rules of the house that a compiler does not know; prints every line that breaks one.
#   arrows     overhead -> loadgen -> web -> common <- mockserver, never upward; the reference proxy and the supervisor
#              stand on common alone
#   CLI11      only in common/cli.* and in files named ...options.cpp, because it is slow to compile
#   length     no source or header over 400 lines
#   tests      no name of a test has a semicolon: CMake would cut it there, and run nothing
#   paths      no file names a developer's home or temporary folder; what runs in containers has a /tmp of its own
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/.."

readonly longest=400
broken=0

# Every file of the project, tracked or new, one a line, without what git ignores; a plain copy has no git.
list_files() {
  if git rev-parse --is-inside-work-tree >/dev/null 2>&1; then
    git ls-files --cached --others --exclude-standard
  else
    find . -type f -not -path './build/*' -not -path './results/*' -not -path './.git/*' -printf '%P\n'
  fi
}
mapfile -t files < <(list_files | while IFS= read -r file; do if [[ -f $file ]]; then printf '%s\n' "$file"; fi; done)
mapfile -t sources < <(printf '%s\n' "${files[@]}" | grep -E '\.(cpp|hpp|hpp\.in)$')
mapfile -t pages < <(printf '%s\n' "${files[@]}" | grep -E '\.(ts|mjs|css)$')
if ((${#sources[@]} == 0)); then
  echo "structure: no sources found, nothing was checked" >&2
  exit 1
fi

# report RULE: each line on standard input is a violation.
report() {
  local line
  while IFS= read -r line; do
    printf '%s: %s\n' "$1" "$line" >&2
    broken=$((broken + 1))
  done
}

# Every include of a header of ours, or of CLI11, as "file:line:header"; the rules match these lines.
includes=$(grep -HnE '^[[:space:]]*#[[:space:]]*include' "${sources[@]}" |
  sed -nE 's/^([^:]+:[0-9]+:)[[:space:]]*#[[:space:]]*include[[:space:]]*[<"]([^>"]+)[>"].*/\1\2/p' || true)

# forbid RULE FROM TO [BUT]: no include from a file like FROM of a header like TO; lines like BUT may stand.
forbid() {
  report "$1" < <(grep -E "^$2[^:]*:[0-9]+:$3" <<<"$includes" | grep -vE "${4:-^$}" || true)
}

forbid 'common includes upward' 'common/' '(mockserver|loadgen|overhead|web)/'
forbid 'web includes more than common' 'web/' '(mockserver|loadgen|overhead)/'
forbid 'mockserver includes a sister' 'mockserver/' '(loadgen|overhead|web)/'
forbid 'loadgen includes upward or a sister' 'loadgen/' '(mockserver|overhead)/'
forbid 'overhead includes mockserver' 'overhead/' 'mockserver/'
for room in overhead/reference_proxy overhead/supervisor; do
  forbid "$room includes more than common" "$room/" '(mockserver|loadgen|overhead)/' ":[0-9]+:$room/"
done
forbid 'include not written from the root' '' '(\./|\.\./|.*/\.\./)'
forbid 'CLI11 outside common/cli.* and options.cpp' '' '(CLI/|common/cli\.hpp)' \
  '^(common/cli\.[ch]pp|tests/common/cli_test\.cpp|([^:]*/)?([a-z]+_)?options\.cpp):'

report "over $longest lines" < <(awk -v longest="$longest" \
  'FNR == longest + 1 { print FILENAME ":" FNR ": " $0 }' "${sources[@]}" "${pages[@]}")

report "name of a test with a semicolon" < <(
  printf '%s\0' "${sources[@]}" | grep -z '^tests/' | xargs -0 -r grep -HzoP 'TEST_CASE\(\s*("[^"]*"\s*)*"[^"]*;[^"]*"' |
    tr '\n\0' ' \n' || true
)

# A template of mktemp is nobody's folder, nor is an example of one letter. The pattern does not match itself.
report "path of somebody's machine" < <(grep -HnIE \
  '(^|[^[:alnum:]_.$}/-])/((home|Users|work|root)/[[:alnum:]_.-]|tmp/[[:alnum:]_.-]{2})' "${files[@]}" |
  grep -vE '/tmp/[[:alnum:]_.-]*XXX|^(deploy|tests/kubernetes)/[^:]*:[0-9]+:.*[^[:alnum:]]/tmp/' || true)

if ((broken > 0)); then
  echo "structure: $broken lines break a rule"
  exit 1
fi
echo "structure: ${#sources[@]} sources, includes, lengths and paths as they should be"
