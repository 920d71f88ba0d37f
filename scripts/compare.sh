# shellcheck shell=bash
# What compare_targets.sh and compare_models.sh share: rounds in turn, then `loadgen compare`. Source it after lib.sh. The
# script has to define usage, check_names and measure_round (which gets the round's number and adds to runs).

# shellcheck disable=SC2034  # in the usage of the scripts
readonly COMPARE_OPTIONS='  --scenario NAME   of configs/test_scenarios.yaml (default latency_benchmark)
  --rounds N        (default 3: the fewest that tell how much runs differ by themselves)
  --time-scale X    the times of the scenario become so many times as long: 0.01 for a trial
  --targets FILE    another file of targets
  --bin DIR         take loadgen of that folder (default build/release/bin)'

scenario=latency_benchmark
rounds=3
output=
binaries=$HOPCOST_ROOT/build/release/bin
more=()
names=()
runs=()

parse_options() {
  while (($# > 0)); do
    case $1 in
      --scenario | --rounds | --time-scale | --targets | --output | --bin)
        if (($# < 2)); then usage_error "$1 needs a value"; fi
        case $1 in
          --scenario) scenario=$2 ;;
          --rounds) rounds=$2 ;;
          --output) output=$2 ;;
          --bin) binaries=$2 ;;
          *) more+=("$1" "$2") ;;
        esac
        shift
        ;;
      -h | --help) usage && exit 0 ;;
      -*) usage_error "unknown option $1" ;;
      *) names+=("$1") ;;
    esac
    shift
  done
  check_names
  if ! [[ $rounds =~ ^[1-9][0-9]*$ ]]; then usage_error "--rounds: a number above 0, not '$rounds'"; fi
  if ! [[ -x $binaries/loadgen ]]; then die 69 "no loadgen in $binaries: scripts/quickstart.sh builds it"; fi
}

# load FOLDER OPTION...: one run with the scenario; an invalid one is compared too, and said to be.
load() {
  local folder=$1 status=0
  shift
  "$binaries/loadgen" --scenario "$scenario" "${more[@]}" --quiet --output "$folder" "$@" >/dev/null || status=$?
  if ((status != 0 && status != 2)); then exit "$status"; fi
}

# compare_in_turn FOLDER OPTION...: FOLDER where --output names none.
compare_in_turn() {
  local usual=$1 round status=0
  shift
  parse_options "$@"
  output=${output:-$usual}
  trap 'complain "stopped; the runs so far are in $output/runs" && exit 130' INT
  for ((round = 1; round <= rounds; ++round)); do measure_round "$round"; done
  "$binaries/loadgen" compare "${runs[@]}" --html --output "$output" || status=$?
  say "results: $output"
  exit "$status"
}
