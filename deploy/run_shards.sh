#!/usr/bin/env bash
# One load from many pods: an Indexed Job whose shares begin together, and one result of all of them.
set -euo pipefail
. "$(dirname "${BASH_SOURCE[0]}")/../scripts/lib.sh"
. "$(dirname "${BASH_SOURCE[0]}")/lib.sh"
. "$(dirname "${BASH_SOURCE[0]}")/shard_results.sh"

usage() {
  cat <<END_OF_USAGE
usage: deploy/run_shards.sh [OPTION...] -- URL OPTION OF LOADGEN...

Each pod sends its share of the load (loadgen --share I/N). None begins before all are there; then all begin at one time,
told by the clock of the API server. Their results are merged (loadgen merge) and copied here.

Options:
  --shards N            Pods (default 4)
  --cpu CPUS            Of each (default 1)
  --name NAME           Of the Job (default shards-YYYYMMDD-HHMMSS)
  --image IMAGE         One with loadgen and a shell (default: the launcher's)
  --wait TIME           In seconds, until all have arrived (default 300)
  --deadline TIME       In seconds, for all of it (default 3600)
  --output DIR          (default results/NAME)
  --keep-job            Leave the Job and its pods, to look at
$KUBE_OPTIONS
  --bin DIR             Where overhead is (default: build/release/bin, else the PATH)
  -h, --help

Needs the launcher and workload-pvc of deploy/apply.sh. A pod that is lost is named: what the others measured is kept and
merged, and the exit code is 2, since a share of the load was not sent. So it is where a share began more than $LATE_MS ms
after the time that all were given, by the clock of its node: then it was not one load.
Ctrl-C tells the shares to stop, and what they have measured until then is merged and copied here all the same. Ctrl-C once
more leaves everything as it is, as does a cluster that is lost: what may still run there, and what lies there, is said.
Else the Job and what it wrote are removed at the end. Its cluster ends it at its deadline, and removes it an hour later.
Exit: 0 merged, 1 or 2 as loadgen has them for the merged run, 2 also where a share is missing, was late or cannot be merged,
64 usage, 69 the cluster does not answer, does not allow it, or the pods do not come up, 74 the result cannot be written,
130 and 143 stopped.
END_OF_USAGE
}

shards=4
cpu=1
name=shards-$(date -u +%Y%m%d-%H%M%S)
image=
wait=300
deadline=3600
output=
keep_job=false
arguments=()
parts=()
said_why=false
sending=false # the shares are under way
stopped=0     # the exit code, once they are told to stop
# What is in the cluster: nothing, made (there is nothing to keep), measured (figures that are nowhere else), copied.
there=nothing

number() { # number OPTION VALUE
  if [[ ! $2 =~ ^[1-9][0-9]*$ ]]; then usage_error "$1: a number, not '$2'"; fi
}

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
  number --shards "$shards"
  number --wait "$wait"
  number --deadline "$deadline"
  if [[ ! $name =~ ^[a-z0-9]([-a-z0-9]{0,50}[a-z0-9])?$ ]]; then usage_error "--name: lower case, digits and -, not '$name'"; fi
  output=${output:-$HOPCOST_ROOT/results/$name}
  if [[ -e $output/parts ]]; then usage_error "--output: $output has the shares of another run"; fi
}

in_launcher() { in_namespace exec "$launcher" -- "$@"; }

# in_run COMMAND: a shell's, in the run's folder.
in_run() { in_launcher sh -c "cd /requests/$name && $1"; }

# numbered FOLDER: what is whole in it, a line each; what is still written there is named N.new.
numbered() {
  local said
  said=$(in_run "ls $1") || return
  sed -n '/^[0-9][0-9]*$/p' <<<"$said" | sort --numeric-sort
}

# What is needed of the launcher: its image, unless another is named, and a folder. The file that will hold the start is there
# from the beginning: a network's file system asks the server again for a file that is opened, and takes its own word for
# half a minute that there is none.
make_folder() {
  local found
  if ! found=$(in_namespace get pod "$launcher" --output 'jsonpath={.spec.containers[0].image}') || ! in_launcher true; then
    die "$EXIT_UNREACHABLE" "the launcher is not there: deploy/apply.sh --namespace $namespace"
  fi
  image=${image:-$found}
  if in_namespace get job "$name" --output name >/dev/null 2>&1; then usage_error "--name: there is a Job $name already"; fi
  in_launcher sh -c "cd /requests && mkdir $name && cd $name && mkdir arrived parts && : >start" ||
    die "$EXIT_UNREACHABLE" "the folder /requests/$name cannot be made on workload-pvc: see above (--name takes another)"
}

# Now by the API server's clock, in seconds since 1970: it stamps what it makes, to the second.
server_time() {
  local stamp
  stamp=$(in_namespace create configmap "$name-clock" --dry-run=client --output json |
    jq '.metadata.labels["app.kubernetes.io/part-of"] = "hopcost"' |
    in_namespace create --filename - --output 'jsonpath={.metadata.creationTimestamp}') || return
  [[ -n $stamp ]] && date --date "$stamp" +%s
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
say_what_is_left() {
  local at="$kube --namespace $namespace"
  complain "left in the cluster: the Job $name, which may still send (it ends $deadline s after it began, and is removed an hour
later), and what it has written. To look at both, to copy that here, and to remove both:
  $at get jobs,pods --selector hopcost/run=$name
  $at exec $launcher -- ls /requests/$name/parts
  $at cp $launcher:/requests/$name $output     (loadgen merge joins the parts that are named by a number alone)
  $at delete job $name
  $at exec $launcher -- rm -r /requests/$name"
}

# shellcheck disable=SC2317  # called through a trap
# What failed without saying so itself was kubectl: the cluster does not answer, or does not let us.
clean_up() {
  local status=$?
  trap - EXIT
  trap 'say_what_is_left; exit 130' INT
  trap 'say_what_is_left; exit 143' TERM
  if ! $said_why; then
    complain "the cluster of the current context does not answer any more, or refuses: see '$kube get --raw /readyz'"
    status=$EXIT_UNREACHABLE
  fi
  case $there in
    nothing) ;;
    measured) say_what_is_left ;;
    *) if ! $keep_job; then remove; fi ;;
  esac
  exit "$status"
}

# shellcheck disable=SC2317  # called through a trap
remove() {
  if ! removed; then
    say_what_is_left
    return
  fi
  in_launcher rm -rf "/requests/$name" >/dev/null 2>&1 || complain "left on workload-pvc: /requests/$name"
}

# finish CODE [MESSAGE]: an end that is meant.
finish() {
  said_why=true
  if (($# > 1)); then complain "$2"; fi
  exit "$1"
}

# shellcheck disable=SC2317  # called through a trap
# interrupt CODE: shares that are under way are told to stop; anything else ends here.
interrupt() {
  if ! $sending || ((stopped > 0)); then finish "$1"; fi
  stopped=$1
}

await_arrival() {
  local limit=$((SECONDS + wait)) arrived=0
  while ((SECONDS < limit)); do
    arrived=$(numbered arrived | wc --lines)
    if ((arrived == shards)); then return; fi
    if ended; then break; fi
    sleep 1
  done
  complain "$arrived of $shards pods had arrived after $((SECONDS - limit + wait)) s:"
  (look --selector "hopcost/run=$name") >&2 || true
  finish "$EXIT_UNREACHABLE"
}

# Sets start: the time that all are given. It is some seconds ahead: that every pod has seen it by then, and that the stamp
# is of a whole second.
begin() {
  local now
  now=$(server_time) || finish "$EXIT_UNREACHABLE" "the clock of the API server cannot be read: see above"
  start=$((now + 4))
  there=measured
  in_run "echo $start >start"
  in_namespace delete configmap "$name-clock" --wait=false >/dev/null || true # it goes at the end as well
  say "$shards pods begin together"
}

# Whether no index of the Job is under way any more.
ended() {
  in_namespace get job "$name" --request-timeout 20s --output json 2>/dev/null |
    jq --exit-status '.status.conditions // [] | any(.type == "Complete" or .type == "Failed")' >/dev/null 2>&1
}

# Until then, or until they are to be stopped; a server that does not answer is asked again, for as long as it may be
# restarting.
await_end() {
  local limit=$((SECONDS + 20))
  sending=true
  until ((stopped > 0)) || ended; do
    if in_namespace wait --for=jsonpath='{.status.active}'=0 "job/$name" --timeout 5s >/dev/null 2>&1 ||
      in_namespace get job "$name" --request-timeout 20s --output name >/dev/null 2>&1; then
      limit=$((SECONDS + 20))
    elif ((stopped == 0 && SECONDS >= limit)); then
      finish "$EXIT_UNREACHABLE" "the cluster of the current context has not answered for 20 s: see '$kube get --raw /readyz'"
    else
      sleep 1 || true # Ctrl-C ends it
    fi
  done
  sending=false
}

# A pod that is deleted while that file is there writes down what it has.
stop_shares() {
  say "the shares stop, for what they have measured (Ctrl-C again leaves them as they are)"
  if ! in_run 'touch stop' ||
    ! in_namespace delete pods --selector "hopcost/run=$name" --ignore-not-found --wait --timeout 60s >/dev/null; then
    finish "$stopped" "the shares cannot be told to stop: see above"
  fi
}

main() {
  local start pods
  parse_options "$@"
  for tool in jq envsubst; do have "$tool" || die "$EXIT_UNREACHABLE" "$tool is missing: apt-get install jq gettext-base"; done
  check_cluster
  may create jobs
  may create pods/exec
  may create configmaps
  make_folder
  trap clean_up EXIT
  trap 'interrupt 130' INT
  trap 'interrupt 143' TERM
  there=made
  shard_job "$name" "$shards" "$deadline" "$image" "$cpu" "${arguments[@]}" | in_namespace create --filename - >/dev/null ||
    finish "$EXIT_UNREACHABLE" "the cluster does not take the Job: see above"
  await_arrival
  pods=$(in_namespace get pods --selector "hopcost/run=$name" --output json | jq --compact-output '
    [.items[] | {key: .metadata.annotations["batch.kubernetes.io/job-completion-index"],
                 value: "\(.metadata.name) on \(.spec.nodeName)"}] | from_entries')
  begin
  await_end
  if ((stopped > 0)); then stop_shares; fi
  list_parts
  if ((stopped == 0)); then say_lost; fi
  gather
}

main "$@"
