#!/usr/bin/env bash
# Conformance tests of mockserver with the official clients and the libraries built on them.
set -euo pipefail
. "$(dirname "${BASH_SOURCE[0]}")/lib.sh"

usage() {
  cat <<'END'
usage: scripts/sdks.sh [--mockserver FILE] [--only python|node] [NAME...]

Starts a mockserver on a free port of 127.0.0.1, runs tests/conformance/ against it (python: the
clients of OpenAI and Anthropic, LiteLLM, LangChain; node: the client of OpenAI, the Vercel AI SDK,
LangChain), and stops it. The clients are installed from pip's and npm's registries, at the exact
versions of tests/conformance/, into build/conformance/; they are kept there for the next run.

The tests see no environment but what is set here: no API key of yours reaches a client, and every
client speaks to the mock server only.

Options:
  --mockserver FILE   the program to test (default: build/release/bin/mockserver)
  --only LANGUAGE     only python, or only node
  NAME...             only test files whose name contains one of these: errors, strict, langchain
  -h, --help

Logs: build/conformance/*.log. The last line is `N passed, M failed`. A server that died or that
does not stop when told to counts as one failure, as does a suite that did not come to its end.
Exit: 0 nothing failed, 1 something failed, 64 usage.
END
}

readonly suites=tests/conformance
readonly work=build/conformance
# A suite takes a minute or two; more than this and something hangs.
readonly suite_limit=900s

mockserver=build/release/bin/mockserver
languages=(python node)
names=()
passed=0
failed=0
server=
url=

parse_options() {
  while (($# > 0)); do
    case $1 in
      --mockserver)
        (($# > 1)) || usage_error "--mockserver needs a file"
        mockserver=$2
        shift
        ;;
      --only)
        case ${2:-} in
          python | node) languages=("$2") ;;
          *) usage_error "--only needs python or node" ;;
        esac
        shift
        ;;
      -h | --help) usage && exit 0 ;;
      -*) usage_error "unknown option $1" ;;
      *) names+=("$1") ;;
    esac
    shift
  done
}

# install_once FOLDER COMMAND FILE...: runs the command, unless it ran before for the same files.
install_once() {
  local folder=$1 command=$2 wanted
  shift 2
  wanted=$(cat "$@" | sha256sum)
  if [[ -r $folder/installed && $(<"$folder/installed") == "$wanted" ]]; then return; fi
  timed "$command" "$command" "$@" || return
  printf '%s\n' "$wanted" >"$folder/installed"
}

# shellcheck disable=SC2317  # called through install_once
install_python() {
  rm -rf "$work/python"
  mkdir -p "$work/python"
  run_logged "$work/venv.log" python3 -m venv "$work/python/venv" || return
  run_logged "$work/pip.log" "$work/python/venv/bin/pip" install --no-input \
    --disable-pip-version-check --requirement "$1" --constraint "$2"
}

# shellcheck disable=SC2317  # called through install_once
install_node() {
  rm -rf "$work/node"
  mkdir -p "$work/node"
  cp "$@" "$work/node/"
  run_logged "$work/npm.log" npm ci --prefix "$work/node" --ignore-scripts --no-audit --no-fund \
    --no-update-notifier
}

start_server() {
  start_mock "$work/mockserver.log" "$mockserver" --threads 2 --output-tokens 24 --reasoning-tokens 6 \
    --model mock-model
}

# Tells the server to stop, and says whether it was there and obeyed.
stop_server() {
  local pid=$server status=0
  if [[ -z $pid ]]; then return; fi
  server=
  if ! kill "$pid" 2>/dev/null; then
    wait "$pid" || status=$?
    complain "mockserver ended before its time (exit $status):"
    tail -n 20 "$work/mockserver.log" >&2
    return 1
  fi
  # Whatever a test left open is cut off after the drain time (5 s); no server needs longer.
  timeout 20 tail --pid="$pid" -f /dev/null || kill -KILL "$pid"
  wait "$pid" || status=$?
  if ((status == 0)); then return; fi
  complain "mockserver ended with $status when told to stop"
  return 1
}

# in_clean_room COMMAND...: without the user's environment. LiteLLM would fetch a price list, and
# both tokenizers a vocabulary: LiteLLM brings one along.
in_clean_room() {
  local home=$HOPCOST_ROOT/$work/home
  mkdir -p "$home"
  timeout --kill-after=10 "$suite_limit" env --ignore-environment \
    PATH="$PATH" HOME="$home" LANG=C.UTF-8 NO_PROXY=127.0.0.1 \
    OPENAI_API_KEY=conformance-dummy ANTHROPIC_API_KEY=conformance-dummy \
    OPENAI_BASE_URL="$url/v1" ANTHROPIC_BASE_URL="$url" HOPCOST_MOCK_URL="$url" \
    LITELLM_LOCAL_MODEL_COST_MAP=True LANGSMITH_TRACING=false PYTHONDONTWRITEBYTECODE=1 \
    TIKTOKEN_CACHE_DIR="$(vocabulary)" NODE_NO_WARNINGS=1 "$@"
}

vocabulary() {
  local packages
  packages=$(echo "$HOPCOST_ROOT/$work"/python/venv/lib/python3*/site-packages)
  printf '%s\n' "$packages/litellm/litellm_core_utils/tokenizers"
}

# chosen FILE...: those whose names were asked for, one a line; all if none was.
chosen() {
  local file name
  for file; do
    if ((${#names[@]} == 0)); then printf '%s\n' "$file"; fi
    for name in "${names[@]}"; do
      if [[ ${file##*/} == *"$name"* ]]; then
        printf '%s\n' "$file"
        break
      fi
    done
  done
}

# count NAME PASSED FAILED STATUS: adds a suite's figures; its exit code has the last word.
count() {
  local bad=$3
  if (($4 != 0 && bad == 0)); then
    complain "$1: did not come to its end (exit $4)"
    bad=1
  elif (($2 + bad == 0)); then
    complain "$1: there were no tests"
    bad=1
  fi
  passed=$((passed + $2))
  failed=$((failed + bad))
  say "$1: $2 passed, $bad failed"
}

# pytest_figure WORD LOG: a figure of its last line: "2 failed, 30 passed, 1 error in 3.21s".
pytest_figure() {
  tail -n 1 "$2" | awk -v word="^$1" \
    '{ for (i = 2; i <= NF; ++i) if ($i ~ word) n += $(i - 1) } END { print n + 0 }'
}

run_python() {
  local status=0 log=$work/pytest.log bad good files
  mapfile -t files < <(chosen "$suites"/python/test_*.py)
  if ((${#files[@]} == 0)); then return; fi
  in_clean_room "$work/python/venv/bin/python" -m pytest --quiet --tb=short \
    --config-file="$suites/python/pytest.ini" --rootdir="$suites/python" "${files[@]}" \
    >"$log" 2>&1 || status=$?
  if ((status != 0)); then cat "$log" >&2; fi
  good=$(pytest_figure passed "$log")
  bad=$(pytest_figure '(failed|error)' "$log")
  count python "$good" "$bad" "$status"
}

run_node() {
  local status=0 log=$work/node.log bad good files
  mapfile -t files < <(chosen "$suites"/node/*.test.mjs)
  if ((${#files[@]} == 0)); then return; fi
  # Modules are looked for beside the tests' own folder, so the tests go to where the modules are.
  cp "$suites"/node/*.mjs "$work/node/"
  cp "$suites"/faults.json "$work/"
  # One file at a time: some tests count the requests that the server has seen.
  in_clean_room node --test --test-concurrency=1 --test-reporter=tap \
    "${files[@]/#"$suites"/"$work"}" >"$log" 2>&1 || status=$?
  # Of a TAP log, the tests that failed with what is said of them; all of it if none did.
  if ((status != 0)); then
    awk '/^ *not ok/ { show = 1 } /^ *(ok|# Subtest)/ { show = 0 } show' "$log" |
      grep . >&2 || cat "$log" >&2
  fi
  good=$(sed -n 's/^# pass \([0-9]*\)$/\1/p' "$log" | tail -n 1)
  bad=$(sed -n 's/^# fail \([0-9]*\)$/\1/p' "$log" | tail -n 1)
  count node "${good:-0}" "${bad:-0}" "$status"
}

main() {
  parse_options "$@"
  cd "$HOPCOST_ROOT"
  [[ -x $mockserver ]] || die 1 "there is no $mockserver; scripts/test.sh --sdks builds it"
  mkdir -p "$work"
  trap 'stop_server || true' EXIT
  trap 'exit 130' INT
  trap 'exit 143' TERM
  local language
  for language in "${languages[@]}"; do
    case $language in
      python)
        install_once "$work/python" install_python \
          "$suites/python/requirements.txt" "$suites/python/constraints.txt" || exit 1
        ;;
      node)
        install_once "$work/node" install_node \
          "$suites/node/package.json" "$suites/node/package-lock.json" || exit 1
        ;;
    esac
  done
  start_server || exit 1
  for language in "${languages[@]}"; do timed "$language" "run_$language"; done
  stop_server || failed=$((failed + 1))
  if ((passed + failed == 0)); then
    complain "no test file has such a name: ${names[*]}"
    failed=1
  fi
  say "total: $SECONDS s"
  say "$passed passed, $failed failed"
  ((failed == 0))
}

main "$@"
