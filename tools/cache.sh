# Sourced by the build scripts: where built servers are kept, and what to say when a tool is missing.
cache="${COLDCHAIN_CACHE:-${XDG_CACHE_HOME:-$HOME/.cache}/coldchain}"

# need WHAT TOOL...: one sentence that names every missing tool, then exit.
need() {
  local what=$1 tool missing=""
  shift
  for tool in "$@"; do
    command -v "$tool" >/dev/null 2>&1 || missing="$missing $tool"
  done
  [ -z "$missing" ] && return
  echo "building $what needs${missing}, not found on PATH" >&2
  exit 1
}

# One build at a time: a second caller waits here and then finds the result.
lock() {
  mkdir -p "$cache"
  command -v flock >/dev/null 2>&1 || return 0
  exec 9>"$cache/$1.lock"
  flock 9
}
