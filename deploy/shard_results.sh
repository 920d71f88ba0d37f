# shellcheck shell=bash disable=SC2034,SC2154  # what is named here is run_shards.sh's
# What run_shards.sh does with what the shares have measured: which there are, which not, merged, copied here, judged.

readonly LATE_MS=500 # later than that a share's load is not of the others' time any more

# Sets parts: the shares whose results are whole. A volume of several nodes may show them late: as many as have succeeded are
# waited for.
list_parts() {
  local limit=$((SECONDS + 60)) succeeded said
  succeeded=$(in_namespace get job "$name" --output 'jsonpath={.status.succeeded}')
  while said=$(numbered parts); do
    parts=()
    if [[ -n $said ]]; then mapfile -t parts <<<"$said"; fi
    if ((${#parts[@]} >= ${succeeded:-0} || SECONDS >= limit)); then return; fi
    sleep 1
  done
  return 1
}

# Names those that have left nothing; pods: their names by index, for one that is no more.
say_lost() {
  in_namespace get pods --selector "hopcost/run=$name" --output json | jq -r --argjson shards "$shards" --argjson names "$pods" '
    [.items[] | . + {index: (.metadata.annotations["batch.kubernetes.io/job-completion-index"] | tonumber)}] as $pods
    | range($shards) as $index
    | select([$ARGS.positional[] | tonumber] | index($index) | not)
    | [$pods[] | select(.index == $index)] as $mine
    | "lost: share \($index + 1) of \($shards) (" + (if $mine == []
        then "\($names[$index | tostring] // "no pod")): its pod is gone: killed, or its node"
        else ($mine[0] | .status as $status
          | "\(.metadata.name) on \(.spec.nodeName // "no node")): " + ($status.reason //
            ($status.containerStatuses[0].state.terminated.exitCode | if . then "ended with \(.)" else null end) // $status.phase))
      end)' --args ${parts[@]+"${parts[@]}"}
}

# run.json of all where they were merged, and parts/ with those of the shares.
copy_back() {
  if ! mkdir -p "$output" ||
    ! in_run "tar -cf - \$(ls -d merged 2>/dev/null) ${parts[*]/#/parts/}" | tar -C "$output" -xf - --no-same-owner; then
    finish 74 "the results cannot be copied to $output"
  fi
  if [[ -d $output/merged ]]; then
    { mv "$output"/merged/* "$output" && rmdir "$output/merged"; } || finish 74 "$output cannot be written"
  fi
}

# How late each share began, by its own record, and the worst of them; fails where one was too late. The records count from the
# window that is measured: what a share sends before it is taken off.
say_late() {
  local part said files=()
  for part in "${parts[@]}"; do files+=("$output/parts/$part/run.json"); done
  said=$(jq --null-input --raw-output --argjson start "$start" --argjson shards "$shards" --argjson bound "$LATE_MS" '
    def before: [.options.warmup_ns, (if .sweep == "" or .options.spawn_per_s == 0 then 0
      else .stages[0].concurrency / .options.spawn_per_s * 1e9 end)] | max;
    [inputs | {share: (input_filename | split("/") | .[-2] | tonumber + 1),
               ms: ((.started_at_ns - before) / 1e6 - $start * 1e3 | . * 10 | round / 10)}]
    | (.[] | select(.ms > $bound) | "late: share \(.share) of \($shards) began \(.ms) ms after the time that all were given"),
      (max_by(.ms) | "the latest share (\(.share)) began \(([0, .ms] | max) + 0) ms after the time that all were given")' "${files[@]}") || return
  printf '%s\n' "$said"
  ! grep --quiet '^late: ' <<<"$said"
}

# Nothing is worth keeping.
give_up() {
  there=made
  if ((stopped > 0)); then finish "$stopped" 'nothing was measured until then'; fi
  in_namespace logs --selector "hopcost/run=$name" --tail 3 --prefix >&2 || true
  finish "$EXIT_UNREACHABLE" "no pod has measured anything; with --keep-job they stay: kubectl logs --selector hopcost/run=$name"
}

# What there is, merged and copied here, and what is to be said of it; ends the script.
gather() {
  local status=0
  if ((${#parts[@]} == 0)); then give_up; fi
  in_run "loadgen merge ${parts[*]/#/parts/} --output merged" || status=$?
  copy_back
  there=copied
  say "${#parts[@]} of $shards shares: $output"
  if ((status > 2)); then complain "they cannot be merged: loadgen merge ended with $status"; fi
  if ! say_late || ((status > 2 || ${#parts[@]} < shards)); then status=2; fi
  finish $((stopped > 0 ? stopped : status))
}
