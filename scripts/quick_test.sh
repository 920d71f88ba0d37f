#!/usr/bin/env bash
# Is an OpenAI-compatible server there, and does it answer? A line each for health, models, a completion and its check.
set -euo pipefail
. "$(dirname "${BASH_SOURCE[0]}")/lib.sh"

usage() {
  cat <<'END_OF_USAGE'
usage: scripts/quick_test.sh [BASE_URL] [MODEL]

BASE_URL is the root of a server (default http://localhost:8000). Without MODEL it asks for the first that the server
lists. An API key is taken from the environment variable OPENAI_API_KEY, where it is set.

  health      GET /health; a cross here fails nothing: API providers have none
  models      GET /v1/models, and whether MODEL is among them
  completion  one chat completion of at most 32 tokens
  validation  text, finish_reason, usage, and the model that answered

Exit: 0 all but health are ticked, 1 one is not, 64 usage, 69 nobody answers, or a tool is missing.
END_OF_USAGE
}

readonly tick=$'\u2713' cross=$'\u2717'
url=http://localhost:8000
model=
failed=0

mark() { # mark tick|cross TEXT
  if [[ $1 == tick ]]; then say "$tick $2"; else say "$cross $2"; fi
}

need() { # need PROGRAM PACKAGE
  if ! have "$1"; then die 69 "there is no $1: apt-get install $2"; fi
}

# fetch PATH [CURL OPTION...]: prints the body, then a line with the status. The key is in no argument.
fetch() {
  local path=$1
  shift
  curl --silent --show-error --max-time 60 --config - --write-out '\n%{http_code}' "$@" "$url$path" \
    <<<"${OPENAI_API_KEY:+header = \"Authorization: Bearer $OPENAI_API_KEY\"}"
}

check_health() {
  local reply
  if ! reply=$(fetch /health 2>/dev/null); then die 69 "$url: nobody answers"; fi
  if [[ ${reply##*$'\n'} == 200 ]]; then
    mark tick "health: 200"
  else
    mark cross "health: ${reply##*$'\n'} (not every server has one)"
  fi
}

check_models() {
  local reply status body ids
  reply=$(fetch /v1/models)
  status=${reply##*$'\n'}
  body=${reply%$'\n'*}
  if [[ $status != 200 ]] || ! ids=$(jq -r '.data[].id' <<<"$body" 2>/dev/null); then
    mark cross "models: $status"
    failed=1
    return
  fi
  if [[ -z $model ]]; then model=$(head -n 1 <<<"$ids"); fi
  if grep -Fxq -- "$model" <<<"$ids"; then
    mark tick "models: $model is one of $(wc -l <<<"$ids")"
  else
    mark cross "models: $model is none of: $(tr '\n' ' ' <<<"$ids")"
    failed=1
  fi
}

check_completion() {
  local request reply status body problems
  request=$(jq -n --arg model "$model" \
    '{model: $model, max_tokens: 32, messages: [{role: "user", content: "Say hello in one sentence."}]}')
  reply=$(fetch /v1/chat/completions --header 'Content-Type: application/json' --data-binary "$request")
  status=${reply##*$'\n'}
  body=${reply%$'\n'*}
  if [[ $status != 200 ]]; then
    mark cross "completion: $status ${body:0:200}"
    failed=1
    return
  fi
  mark tick "completion: 200"
  problems=$(jq -r --arg model "$model" '
    [if (.choices[0].message.content // "" | length) == 0 then "no text" else empty end,
     if .choices[0].finish_reason == null then "no finish_reason" else empty end,
     if (.usage.completion_tokens // 0) == 0 then "no usage" else empty end,
     if .model != $model then "model \(.model) answered" else empty end] | join(", ")' \
    <<<"$body" 2>/dev/null || echo "it is no JSON")
  if [[ -z $problems ]]; then
    mark tick "validation: text, finish_reason, usage and model are there"
  else
    mark cross "validation: $problems"
    failed=1
  fi
  # Text of a stranger: what a terminal would obey is left out.
  say "  $(jq -r '.choices[0].message.content // ""' <<<"$body" | tr -d '\000-\010\013-\037\177' | head -c 300)"
}

main() {
  while (($# > 0)); do
    case $1 in
      -h | --help) usage && exit 0 ;;
      -*) usage_error "unknown option $1" ;;
      *) break ;;
    esac
  done
  if (($# > 2)); then usage_error "at most BASE_URL and MODEL"; fi
  url=${1:-$url}
  url=${url%/}
  url=${url%/v1}
  model=${2:-}
  need curl curl
  need jq jq
  check_health
  check_models
  check_completion
  exit "$failed"
}

main "$@"
