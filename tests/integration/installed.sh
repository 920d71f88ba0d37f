#!/bin/sh
# installed.sh BUILD_FOLDER: what `cmake --install` puts somewhere else works from there, without the repository.
set -eu
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
unset HOPCOST_BIN HOPCOST_CONFIGS
cmake --install "$1" --prefix "$folder" >"$folder/log"
cd /
"$folder/bin/overhead" stacks | grep -q '^nginx$'
"$folder/bin/overhead" harnesses | grep -q '^wrk$'
"$folder/bin/overhead" run --stack reference --streaming off --concurrency 1 --ceilings off --restarts 2 --rounds 2 \
  --min-pass 100ms --quiet --output "$folder/results" >"$folder/out" || [ $? = 2 ]
grep -q 'reference' "$folder/out"
"$folder/bin/loadgen" --version
"$folder/bin/mockserver" --version
