# A long command with its log in a file and a line about its progress on the terminal; meant to be sourced by bash.

# Of a log of ninja or ctest: "[12/80]"; nothing of any other.
progress_of() { tail -c 4000 "$1" 2>/dev/null | grep -oE '^(\[[0-9]+/[0-9]+\]| *[0-9]+/[0-9]+ Test)' | tail -n 1 | grep -oE '[0-9]+/[0-9]+' | sed 's/.*/[&]/' || true; }

# run_logged LOG TEXT COMMAND...   returns the command's status. TEXT is a function that prints what the line says before the progress.
run_logged() {
  local log=$1 text=$2 status=0
  shift 2
  if [[ ! -t 1 ]]; then
    "$@" >"$log" 2>&1 </dev/null || status=$?
    return "$status"
  fi
  # A process group of its own: Ctrl-C is for this script, which then ends the group, compilers and all.
  set -m
  "$@" >"$log" 2>&1 </dev/null &
  local pid=$!
  set +m
  trap 'kill -TERM -- "-$pid" 2>/dev/null; printf "\n"; exit 130' INT TERM
  while kill -0 "$pid" 2>/dev/null; do
    printf '\r\e[K%s %s' "$("$text")" "$(progress_of "$log")"
    sleep 0.5
  done
  printf '\r\e[K'
  wait "$pid" || status=$?
  trap - INT TERM
  return "$status"
}
