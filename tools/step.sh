# Sourced by the set-up scripts: steps that show that they go on, and say why they fail.
log=.build/setup.log
ticker=""
# What is silent for so long is said to go on.
TELL_EVERY_S=${TELL_EVERY_S:-5}

# stop WHY: one sentence, then exit.
stop() {
  echo "make setup: $1" >&2
  exit 1
}

# step WHAT COMMAND...: run the command; every few seconds, show for how long it has run and the last it said. If it
# fails, show the end of what it said, and exit with its status.
step() {
  local what=$1 status=0
  shift
  mkdir -p "$(dirname "$log")"
  : >"$log"
  echo "$what ..."
  # Silent from its birth: ended at once it may not know yet that it is not this shell, and bash complains of that.
  { show_progress "$SECONDS" & } 2>/dev/null
  ticker=$!
  "$@" >"$log" 2>&1 || status=$?
  end_progress
  [ "$status" = 0 ] && return
  tail -n 30 "$log" >&2
  echo "make setup: $what failed with exit status $status; the reason is above, all of it in $log." >&2
  echo "Once it is mended, run make setup again." >&2
  exit "$status"
}

show_progress() {
  while sleep "$TELL_EVERY_S" >/dev/null 2>&1; do
    printf '  %d s: %s\n' "$((SECONDS - $1))" "$(tail -n 1 "$log" | cut -c 1-100)"
  done
}

end_progress() {
  [ -z "$ticker" ] || kill "$ticker" 2>/dev/null || true
  ticker=""
}
trap end_progress EXIT
