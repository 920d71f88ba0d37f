#!/usr/bin/env bash
# One load from many pods: an Indexed Job whose shares begin together, and one result of all of them.
set -euo pipefail
. "$(dirname "${BASH_SOURCE[0]}")/../scripts/lib.sh"
. "$(dirname "${BASH_SOURCE[0]}")/lib.sh"

usage() {
  cat <<END_OF_USAGE
usage: deploy/run_shards.sh [OPTION...] -- URL OPTION OF LOADGEN...

Each pod sends its share of the load (loadgen --share I/N). None begins before all are there; then all begin at one time,
told by the clock of the API server. Their results are merged (loadgen merge) and copied here.

Options:
  --shards N            Pods (default 4)
  --cpu CPUS            Of each (default 1)
  --name NAME           Of the Job (default shards-YYYYMMDD-HHMMSS)
  --image IMAGE         (default hopcost/loadgen:0.1.0)
  --wait TIME           In seconds, until all have arrived (default 300)
  --deadline TIME       In seconds, for all of it (default 3600)
  --output DIR          (default results/NAME)
  --keep-job            Leave the Job and its pods, to look at
$KUBE_OPTIONS
  --bin DIR             Where overhead is (default: build/release/bin, else the PATH)
  -h, --help

Needs the launcher and workload-pvc of deploy/apply.sh. A pod that is lost is named: what the others measured is kept and
merged, and the exit code is 2, since a share of the load was not sent.
The Job and what it wrote are removed at the end, also where it does not come to one; a Job that cannot be reached any more
ends at its deadline, and its cluster removes it.
Exit: 0 merged, 2 a share is missing, or loadgen's own 1 or 2 of the merged run, 64 usage, 69 the cluster does not
answer, does not allow it, or the pods do not come up, 74 the result cannot be written.
END_OF_USAGE
}

shards=4
cpu=1
name=shards-$(date -u +%Y%m%d-%H%M%S)
image=hopcost/loadgen:0.1.0
wait=300
deadline=3600
output=
keep_job=false
arguments=()
began=false
said_why=false

parse_options() {
  while (($# > 0)); do
    case $1 in
      -h | --help) usage && exit 0 ;;
      --keep-job) keep_job=true ;;
      --)
        shift
        arguments=("$@")
        break
        ;;
      -*)
        if (($# < 2)); then usage_error "$1 needs a value"; fi
        case $1 in
          --shards) shards=$2 ;;
          --cpu) cpu=$2 ;;
          --name) name=$2 ;;
          --image) image=$2 ;;
          --wait) wait=${2%s} ;;
          --deadline) deadline=${2%s} ;;
          --output) output=$2 ;;
          *) kube_option "$1" "$2" || usage_error "unknown option $1" ;;
        esac
        shift
        ;;
      *) usage_error "unknown argument $1 (options of loadgen follow --)" ;;
    esac
    shift
  done
  if ((${#arguments[@]} == 0)); then usage_error "what is to be sent? -- URL OPTION..."; fi
  if [[ ! $shards =~ ^[1-9][0-9]*$ ]]; then usage_error "--shards: a number, not '$shards'"; fi
  output=${output:-$HOPCOST_ROOT/results/$name}
}

in_launcher() { in_namespace exec "$launcher" -- "$@"; }

# The Job, its values filled in; loadgen's options as JSON texts, which YAML takes as they are.
job() {
  local value lines=
  for value in "${arguments[@]}"; do lines+="            - $(jq --null-input --arg v "$value" '$v')"$'\n'; done
  # shellcheck disable=SC2016  # envsubst reads the names
  NAME=$name SHARDS=$shards DEADLINE=$deadline IMAGE=$image CPU=$cpu ARGUMENTS=${lines#            } \
    envsubst '$NAME $SHARDS $DEADLINE $IMAGE $CPU $ARGUMENTS' <"$HOPCOST_ROOT/deploy/shards/job.yaml"
}

# Now by the API server's clock, in seconds since 1970: it stamps what it makes, to the second.
server_time() {
  date --date "$(in_namespace create configmap "$name-clock" --dry-run=client --output json |
    jq '.metadata.labels["app.kubernetes.io/part-of"] = "hopcost"' |
    in_namespace create --filename - --output 'jsonpath={.metadata.creationTimestamp}')" +%s
  in_namespace delete configmap "$name-clock" --wait=false >/dev/null
}

# shellcheck disable=SC2317  # called through a trap
# removed: whether the Job is gone. A server that is away for a moment is given half a minute.
removed() {
  local limit=$((SECONDS + 30))
  until in_namespace delete job "$name" --cascade foreground --ignore-not-found --wait --timeout 60s >/dev/null 2>&1 &&
    in_namespace wait --for=delete pods --selector "hopcost/run=$name" --timeout 60s >/dev/null 2>&1 &&
    in_namespace delete configmap "$name-clock" --ignore-not-found >/dev/null 2>&1; do
    if ((SECONDS >= limit)); then return 1; fi
    sleep 1
  done
}

# shellcheck disable=SC2317  # called through a trap
# What failed without saying so itself was kubectl: the cluster does not answer, or does not let us.
clean_up() {
  local status=$?
  trap - EXIT
  if ! $said_why && ((status != EXIT_USAGE)); then
    complain "the cluster of the current context does not answer any more, or refuses: see '$kube get --raw /readyz'"
    status=$EXIT_UNREACHABLE
  fi
  if $began && ! $keep_job; then
    if removed; then
      in_launcher rm -rf "/requests/$name" >/dev/null 2>&1 || complain "left on workload-pvc: /requests/$name"
    else
      complain "left behind: kubectl --namespace $namespace delete job $name (its cluster does so after its deadline of $deadline s)"
    fi
  fi
  exit "$status"
}

# finish CODE [MESSAGE]: an end that is meant.
finish() {
  said_why=true
  if (($# > 1)); then complain "$2"; fi
  exit "$1"
}

count_in() { in_launcher sh -c "ls /requests/$name/$1 | grep -c '^[0-9]*\$' || true"; }

await_arrival() {
  local limit=$((SECONDS + wait)) arrived=0
  while ((SECONDS < limit)); do
    arrived=$(count_in arrived)
    if ((arrived == shards)); then return; fi
    if ended; then break; fi
    sleep 1
  done
  complain "$arrived of $shards pods had arrived after $((SECONDS - limit + wait)) s:"
  look --selector "hopcost/run=$name" >&2 || true
  finish "$EXIT_UNREACHABLE"
}

# Whether no index of the Job is under way any more.
ended() {
  in_namespace get job "$name" --request-timeout 20s --output json 2>/dev/null |
    jq --exit-status '.status.conditions // [] | any(.type == "Complete" or .type == "Failed")' >/dev/null 2>&1
}

# Until then; a server that does not answer is asked again, for as long as it may be restarting.
await_end() {
  local limit=$((SECONDS + 20))
  until ended; do
    if in_namespace wait --for=jsonpath='{.status.active}'=0 "job/$name" --timeout 5s >/dev/null 2>&1 ||
      in_namespace get job "$name" --request-timeout 20s --output name >/dev/null 2>&1; then
      limit=$((SECONDS + 20))
    elif ((SECONDS >= limit)); then
      finish "$EXIT_UNREACHABLE" "the cluster of the current context has not answered for 20 s: see '$kube get --raw /readyz'"
    else
      sleep 1
    fi
  done
}

# pods: their names by index, to be able to name one that is no more.
say_lost() {
  in_namespace get pods --selector "hopcost/run=$name" --output json | jq -r --argjson shards "$shards" --argjson names "$pods" '
    [.items[] | . + {index: (.metadata.annotations["batch.kubernetes.io/job-completion-index"] | tonumber)}] as $pods
    | range($shards) as $index
    | [$pods[] | select(.index == $index)] as $mine
    | if $mine == [] then "lost: share \($index + 1) of \($shards) (\($names[$index | tostring] // "no pod")): its pod is gone: killed, or its node"
      elif ($mine | any(.status.phase == "Succeeded")) then empty
      else ($mine[0] | "lost: share \($index + 1) of \($shards) (\(.metadata.name) on \(.spec.nodeName // "no node")): \(.status.reason // (.status.containerStatuses[0].state.terminated | "ended with \(.exitCode)") // .status.phase)")
      end'
}

# run.json of all, and parts/ with those of the shares. What cannot be copied stays where it is.
copy_back() {
  if ! mkdir -p "$output" || ! in_launcher tar -C "/requests/$name" -cf - merged parts | tar -C "$output" -xf - --no-same-owner; then
    keep_job=true
    finish 74 "the results cannot be copied to $output; they are on workload-pvc, in /requests/$name"
  fi
  mv "$output"/merged/* "$output"
  rmdir "$output/merged"
}

main() {
  local there start pods status=0
  parse_options "$@"
  for tool in jq envsubst; do have "$tool" || die "$EXIT_UNREACHABLE" "$tool is missing: apt-get install jq gettext-base"; done
  check_cluster
  may create jobs
  may create pods/exec
  in_launcher mkdir -p "/requests/$name/arrived" "/requests/$name/parts" ||
    die "$EXIT_UNREACHABLE" "the launcher is not there: deploy/apply.sh --namespace $namespace"
  trap clean_up EXIT
  trap 'finish 130' INT
  trap 'finish 143' TERM
  began=true
  job | in_namespace create --filename - >/dev/null
  await_arrival
  pods=$(in_namespace get pods --selector "hopcost/run=$name" --output json | jq --compact-output '
    [.items[] | {key: .metadata.annotations["batch.kubernetes.io/job-completion-index"],
                 value: "\(.metadata.name) on \(.spec.nodeName)"}] | from_entries')
  # Some seconds ahead: that every pod has seen it by then, and that the stamp is of a whole second.
  start=$(($(server_time) + 4))
  in_launcher sh -c "echo $start >/requests/$name/start.new && mv /requests/$name/start.new /requests/$name/start"
  say "$shards pods begin together"
  await_end
  say_lost
  there=$(count_in parts)
  if ((there == 0)); then
    in_namespace logs --selector "hopcost/run=$name" --tail 3 --prefix >&2 || true
    finish "$EXIT_UNREACHABLE" "no pod has measured anything; with --keep-job they stay: kubectl logs --selector hopcost/run=$name"
  fi
  in_launcher sh -c "cd /requests/$name && loadgen merge parts/[0-9]* --output merged" || status=$?
  copy_back
  say "$there of $shards shares: $output"
  if ((there < shards)); then finish 2; fi
  finish "$status"
}

main "$@"
