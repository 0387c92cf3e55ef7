# How ./test runs its stages and counts; meant to be sourced by bash from the root of the project.
# A stage writes to a log of its own; the log is shown when the stage fails. Nothing here stops at the first failure:
# everything is run, everything is counted, and the last line of ./test is "N passed, M failed".

source tools/setup/progress.sh
stage_logs=build/test-logs
tests_passed=0
tests_failed=0
stage_table=()
mkdir -p "$stage_logs"

if [[ -t 1 ]]; then red=$'\e[31m' green=$'\e[32m' bold=$'\e[1m' plain=$'\e[0m'; else red='' green='' bold='' plain=''; fi

# Of a ctest log: what the failed tests printed, without the cases that went well. Of any other: the lines that name an error,
# because what stopped a build stands far above the end of its log, and the end.
show_log() {
  local log=$1
  printf '%s--- %s ---%s\n' "$red" "$log" "$plain"
  if grep -q 'tests failed out of' "$log"; then
    awk '/^ *Start +[0-9]+:|^ *[0-9]+\/[0-9]+ Test/ { show = 0 }
         /\*\*\*(Failed|Exception|Timeout|Not Run)|Subprocess aborted/ { show = 1 }
         !show || /^\[       OK \]/ { begun = ""; next }
         begun != "" { print begun; begun = "" }
         /^\[ RUN      \]/ { begun = $0; next }
         { print }
         END { if (begun != "") print begun }' "$log" | head -n 200
  else
    grep -nE '(^|[^a-z])(error|Error|FAILED):? ' "$log" | head -n 40 || true
    printf '%s--- its last lines ---%s\n' "$red" "$plain"
    tail -n 40 "$log"
  fi
  printf '%s--- end ---%s\n' "$red" "$plain"
}

# A plan is a list of parts with the seconds that each takes from nothing on two processors: enough to say how long it will be.
plan_left=0 plan_part=0 plan_begun=0 part_begun=0 plan_done=0

# begin_plan SECONDS   that long for all of it.
begin_plan() {
  plan_left=$1 plan_done=0 plan_begun=$SECONDS
  printf 'About %d minutes from nothing on two processors; less when parts are built already.\n' $(((plan_left + 59) / 60))
}
begin_part() { plan_part=$1 part_begun=$SECONDS; }
end_part() { plan_left=$((plan_left - plan_part)) plan_done=$((plan_done + plan_part)) plan_part=0; }

# "about 7 min left": by how fast this machine was so far. Nothing outside a plan.
time_left() {
  ((plan_left > 0)) || return 0
  local spent=$((part_begun - plan_begun)) left=$plan_left
  ((plan_done < 60)) || left=$((left * spent / plan_done))
  left=$((left - (SECONDS - part_begun)))
  ((left >= 60)) && printf ', about %d min left' $(((left + 30) / 60)) || printf ', less than a minute left'
}
say_running() { printf '%-28s %d s%s' "$stage_name" $((SECONDS - stage_begun)) "$(time_left)"; }

# stage NAME COMMAND...   runs it, says how long it took; returns its status. Counts nothing.
stage() {
  local name=$1 status=0 log="$stage_logs/${1//[^a-zA-Z0-9.]/_}.log" started=$SECONDS
  shift
  stage_name=$name stage_begun=$started
  run_logged "$log" say_running "$@" || status=$?
  printf '%-28s ' "$name"
  local word="${green}ok${plain}"
  [[ $status == 0 ]] || word="${red}FAILED${plain}"
  printf '%s  %d s\n' "$word" $((SECONDS - started))
  stage_table+=("$(printf '%-28s %5d s' "$name" $((SECONDS - started)))")
  [[ $status == 0 ]] || show_log "$log"
  return "$status"
}

passed() { tests_passed=$((tests_passed + $1)); }
failed() { tests_failed=$((tests_failed + $1)); }

# check NAME COMMAND...   a stage that is itself one test.
check() {
  if stage "$@"; then passed 1; else failed 1; fi
}

# count_report NAME PROGRAM ARGUMENT...   runs a counter that prints "P F" on its last line and adds both.
count_report() {
  local name=$1 output p=0 f=1
  shift
  if output=$("$@"); then
    read -r p f <<<"$(tail -n 1 <<<"$output")"
    sed '$d' <<<"$output"
  else
    printf '%s%s: the report could not be read%s\n' "$red" "$name" "$plain"
  fi
  printf '%-28s %d passed, %d failed\n' "  $name" "$p" "$f"
  passed "$p"
  failed "$f"
}

# The last words. Exit status: 0 only when something ran and all of it passed.
finish() {
  printf '\n%sTime%s\n' "$bold" "$plain"
  printf '  %s\n' "${stage_table[@]}" "$(printf '%-28s %5d s' all $SECONDS)"
  printf '\n%d passed, %d failed\n' "$tests_passed" "$tests_failed"
  [[ $tests_failed == 0 && $tests_passed -gt 0 ]]
}
