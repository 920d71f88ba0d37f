#!/usr/bin/env bash
# The core tests: what continuous integration runs.
set -euo pipefail
. "$(dirname "${BASH_SOURCE[0]}")/lib.sh"

usage() {
  cat <<'END'
usage: scripts/test.sh [--quick] [--tidy] [--yes] [--no-install]
       scripts/test.sh --consumers | --sdks | --web | --stacks | --workflows | --kubernetes

Installs what is missing (scripts/install-deps.sh, groups build, web, nginx, test and stacks), then:
  structure  scripts/check-structure.sh
  format     clang-format-19 over every C++ source, where it is installed
  scripts    shellcheck over the scripts, where it is installed
  release    builds the release preset, installs the stacks that are quick to install into
             build/stacks (once, 500 MB; those that cannot be are skipped) and runs every test
  asan       the same with AddressSanitizer and UndefinedBehaviorSanitizer
  tsan       what has threads (mock, load generator, reference proxy) with ThreadSanitizer
Tests labelled integration run one at a time, because they measure; the others side by side.
Every stage ends with a line that says how long it took. A stage that fails does not keep the
others from running.

Options:
  --quick       one build, the dev preset, instead of release, asan and tsan
  --tidy        also clang-tidy-19 over every source (minutes)
  --yes         passed on to install-deps.sh: apt may remove packages that are in the way
  --no-install  install nothing; go on with what this machine has
  --sdks        only the conformance tests of mockserver with the official clients: builds it (release)
                and runs scripts/sdks.sh, which installs the clients into build/ from the network
  --consumers   only loadgen's output formats against the programs that read them: builds both (release)
                and runs scripts/consumers.sh, which installs the readers into build/ from the network
  --web         only the reports' page in a browser: builds overhead (release) and runs scripts/web.sh, which
                installs what it runs on into build/ from the network
  --stacks      only what takes a minute and more (OGX, Llama Stack, LiteLLM, a client per request): builds what
                starts them (release) and installs them into build/stacks from the network (1.9 GB)
  --workflows   only the scripts of docs/workflows.md, each run to its end and its files read: builds the programs
                (release) and runs scripts/workflows.sh
  --kubernetes  only deploy/ on a real Kubernetes of two nodes: scripts/kubernetes.sh, which builds it and the images
                from the network the first time (half an hour, 7 GB of build/), and needs root and Go 1.24
  -h, --help

Writes only into build/ (and what apt installs). The last line is `N passed, M failed`: tests,
summed over the presets; a stage that fails without a failing test (a build that breaks, a source
that is not formatted) counts as one failure.
Exit: 0 nothing failed, 1 something failed, 64 usage.
END
}

install=true
install_options=()
presets=(release asan tsan)
tidy=false
sdks=false
consumers=false
stacks=false
web=false
workflows=false
kubernetes=false
passed=0
failed=0

parse_options() {
  while (($# > 0)); do
    case $1 in
      --quick) presets=(dev) ;;
      --tidy) tidy=true ;;
      --yes | -y) install_options+=(--yes) ;;
      --no-install) install=false ;;
      --sdks) sdks=true ;;
      --consumers) consumers=true ;;
      --web) web=true ;;
      --stacks) stacks=true ;;
      --workflows) workflows=true ;;
      --kubernetes) kubernetes=true ;;
      -h | --help) usage && exit 0 ;;
      *) usage_error "unknown option $1" ;;
    esac
    shift
  done
}

# stage NAME COMMAND...: a stage that has no tests to count.
stage() {
  say "$1 ..."
  timed "$@" || failed=$((failed + 1))
}

# Tracked and new sources, but nothing that is ignored; without git everything outside build/.
cpp_sources() {
  git ls-files -z --cached --others --exclude-standard -- '*.cpp' '*.hpp' 2>/dev/null ||
    find . -path ./build -prune -o \( -name '*.cpp' -o -name '*.hpp' \) -print0
}

check_format() {
  if ! have clang-format-19; then
    say "format: skipped, there is no clang-format-19 (scripts/install-deps.sh tidy installs it)"
    return
  fi
  stage format run_format
}

# shellcheck disable=SC2317  # called through stage
run_format() {
  local complaints files
  if complaints=$(cpp_sources | xargs -0 -r clang-format-19 --dry-run -Werror 2>&1); then return; fi
  files=$(sed -n 's/^\([^:]*\):[0-9]*:[0-9]*: error: .*/\1/p' <<<"$complaints" | sort -u)
  complain "not formatted (clang-format-19 -i puts it right):"
  printf '%s\n' "${files:-$complaints}" >&2
  return 1
}

check_scripts() {
  if ! have shellcheck; then
    say "scripts: skipped, there is no shellcheck (scripts/install-deps.sh tidy installs it)"
    return
  fi
  stage scripts shellcheck --external-sources --source-path=SCRIPTDIR \
    .ci/run scripts/*.sh deploy/*.sh tests/kubernetes/*.sh tests/workflows/*.sh
}

# shellcheck disable=SC2317  # called through stage
run_tidy() {
  # It reads how each source is compiled, and the generated headers, from a build.
  configure dev -DHOPCOST_TESTS=ON || return
  build_preset dev || return
  cpp_sources | grep --null-data '\.cpp$' |
    xargs -0 -r --max-procs="$(build_jobs)" --max-args=1 \
      clang-tidy-19 --quiet -p build/dev
}

# g++ 12's ThreadSanitizer cannot live with the address randomisation of newer kernels, so it runs without
# where that is allowed; also while building, because the tests are listed by running them.
readonly no_randomisation=(setarch "$(uname -m)" --addr-no-randomize)

# prefix_for PRESET: sets prefix, the command that runs this preset's build and tests.
prefix_for() {
  prefix=()
  if [[ $1 == tsan ]] && "${no_randomisation[@]}" true 2>/dev/null; then
    prefix=("${no_randomisation[@]}")
  fi
}

# ctest_run PRESET NAME OPTION...: runs a part of the tests and adds to passed and failed. The numbers come
# from ctest's closing words: its JUnit file does not tell a skipped test from one that could not start.
ctest_run() {
  local preset=$1 name=$2 status=0 not_passed=0 total=0 skipped
  local log=build/$1/$2.ctest.log
  shift 2
  "${prefix[@]}" ctest --preset "$preset" "$@" >"$log" 2>&1 || status=$?
  if ((status != 0)); then
    complain "$preset: $name tests failed (exit $status), the whole of it is in $log:"
    grep --invert-match --extended-regexp \
      '^ *(Start +[0-9]+:|[0-9]+/[0-9]+ +Test +#.* Passed )' "$log" >&2 || true
  fi
  read -r not_passed total < <(
    sed -n 's/^[0-9]*% tests passed, \([0-9]*\) tests failed out of \([0-9]*\)$/\1 \2/p' "$log" | tail -n 1
  ) || true
  skipped=$(grep --count '^[[:space:]]*[0-9]* - .* (Skipped)$' "$log" || true)
  passed=$((passed + ${total:-0} - ${not_passed:-0} - skipped))
  # ctest is the judge: whatever it refuses is a failure, even if no test says so.
  if ((status != 0 && ${not_passed:-0} == 0)); then not_passed=1; fi
  failed=$((failed + ${not_passed:-0}))
  if ((skipped > 0)); then say "$preset: $skipped $name tests were skipped, see $log"; fi
}

test_preset() {
  local preset=$1 began=$SECONDS old_passed=$passed old_failed=$failed built
  prefix_for "$preset"
  say "$preset ..."
  if ! build_for_test "$preset"; then
    failed=$((failed + 1))
    say "$preset: not built, after $((SECONDS - began)) s"
    return
  fi
  built=$SECONDS
  if [[ $preset == release || $preset == dev ]]; then
    install_stacks "$preset" "${quick_stacks[@]}"
    built=$SECONDS
  fi
  ctest_run "$preset" unit --label-exclude '^(integration|slow)$' --parallel "$(nproc)"
  ctest_run "$preset" integration --label-regex '^integration$' --parallel 1
  if ((passed + failed == old_passed + old_failed)); then
    complain "$preset: there are no tests"
    failed=$((failed + 1))
  fi
  say "$preset: $((passed - old_passed)) passed, $((failed - old_failed)) failed," \
    "$((built - began)) s to build, $((SECONDS - built)) s to test"
}

# Installed in seconds, and started in fewer.
readonly quick_stacks=(nginx haproxy caddy envoy fastapi vllm-router sglang-router portkey)
readonly slow_stacks=(fastapi ogx ogx-uvloop llama-stack litellm)

# install_stacks PRESET NAME...: for all presets in one folder. One that cannot be installed is no failure:
# its tests are skipped, and say why.
install_stacks() {
  local preset=$1 status=0
  shift
  if ! $install; then return; fi
  "build/$preset/bin/overhead" stacks --install "$(
    IFS=,
    echo "$*"
  )" || status=$?
  if ((status != 0)); then complain "$preset: not every stack is installed; its tests are skipped"; fi
}

build_for_test() {
  # Said every time, because quickstart.sh builds the same release folder without tests.
  configure "$1" -DHOPCOST_TESTS=ON || return
  build_preset "$1" "${prefix[@]}"
}

# Never returns: the suite counts and reports for itself.
test_sdks() {
  if $install; then
    timed "dependencies" scripts/install-deps.sh "${install_options[@]}" build sdks || exit 1
  fi
  timed "build" build_for_suite mockserver || exit 1
  exec scripts/sdks.sh
}

# Never returns either.
test_consumers() {
  if $install; then
    timed "dependencies" scripts/install-deps.sh "${install_options[@]}" build consumers || exit 1
  fi
  timed "build" build_for_suite mockserver loadgen || exit 1
  exec scripts/consumers.sh
}

# The tests of the slow stacks.
test_stacks() {
  if $install; then
    timed "dependencies" scripts/install-deps.sh "${install_options[@]}" build test || exit 1
  fi
  configure release -DHOPCOST_TESTS=ON || exit 1
  timed "build" build_for_suite test_slow_stacks || exit 1
  timed "stacks" install_stacks release "${slow_stacks[@]}"
  prefix=()
  ctest_run release slow --label-regex '^slow$' --parallel 1
  if ((passed + failed == 0)); then
    # Skipped, every one: nothing was shown to work.
    complain "no slow stack is installed: nothing was tested"
    failed=1
  fi
  say "total: $SECONDS s"
  say "$passed passed, $failed failed"
  exit $((failed > 0))
}

# Nor this one.
test_web() {
  if $install; then
    timed "dependencies" scripts/install-deps.sh "${install_options[@]}" build browser || exit 1
  fi
  timed "build" build_for_suite overhead loadgen mockserver reference_proxy hopcost_supervisor || exit 1
  exec scripts/web.sh
}

# And this one.
test_workflows() {
  if $install; then
    timed "dependencies" scripts/install-deps.sh "${install_options[@]}" build web nginx workflows || exit 1
  fi
  timed "build" build_for_suite overhead loadgen mockserver reference_proxy hopcost_supervisor || exit 1
  if $install; then timed "readers of their files" scripts/consumers.sh locust inference_perf || true; fi
  exec scripts/workflows.sh
}

# And this one.
test_kubernetes() {
  if $install; then
    timed "dependencies" scripts/install-deps.sh "${install_options[@]}" build web kubernetes || exit 1
  fi
  exec scripts/kubernetes.sh
}

# shellcheck disable=SC2317  # called through timed
build_for_suite() {
  configure release || return
  run_logged build/release/suite.log \
    cmake --build --preset release --target "$@" --parallel "$(build_jobs)"
}

main() {
  parse_options "$@"
  cd "$HOPCOST_ROOT"
  # CTest and Ninja answer Ctrl-C by exiting, which would look like one more failure.
  trap 'exit 130' INT
  trap 'exit 143' TERM
  keep_ccache_in_build
  export HOPCOST_STACKS_DIR=${HOPCOST_STACKS_DIR:-$HOPCOST_ROOT/build/stacks}
  if $sdks; then test_sdks; fi
  if $consumers; then test_consumers; fi
  if $web; then test_web; fi
  if $workflows; then test_workflows; fi
  if $kubernetes; then test_kubernetes; fi
  if $stacks; then test_stacks; fi
  if $install; then
    timed "dependencies" scripts/install-deps.sh "${install_options[@]}" build web nginx test || exit 1
    timed "dependencies of stacks" scripts/install-deps.sh "${install_options[@]}" stacks ||
      complain "some stacks cannot be installed; their tests are skipped"
  fi
  stage structure scripts/check-structure.sh
  check_format
  check_scripts
  local preset
  for preset in "${presets[@]}"; do test_preset "$preset"; done
  if $tidy; then stage tidy run_tidy; fi
  say "total: $SECONDS s"
  say "$passed passed, $failed failed"
  ((failed == 0))
}

main "$@"
