#!/usr/bin/env bash
# Take what the pages use of others from npm packages into api/web/static/vendor: locked versions, checked by hash.
# Node is the machine's, else the one that comes as a Python package.
set -euo pipefail
cd "$(dirname "$0")/.."
. tools/step.sh
pages=api/web
vendor=$pages/static/vendor
build=.build/assets

find_npm() {
  if command -v npm >/dev/null 2>&1 && npm --version >/dev/null 2>&1; then
    npm=npm
    return
  fi
  step "no npm here: installing the locked Node package" .venv/bin/python -m pip --disable-pip-version-check install \
    --progress-bar off --require-hashes --requirement requirements/node.txt
  export PATH="$PWD/.venv/bin:$PATH"
  npm=.venv/bin/npm
}

# take FILE-IN-PACKAGE ...
take() {
  for file in "$@"; do cp "$build/node_modules/$file" "$vendor/"; done
}

mkdir -p "$build" "$vendor"
if cmp -s "$pages/package-lock.json" "$build/package-lock.json" && [ -e "$vendor/.stamp" ]; then exit; fi
rm -f "$vendor/.stamp"
find_npm
cp "$pages/package.json" "$pages/package-lock.json" "$pages/.npmrc" "$build/"
step "taking the pages' assets from npm" "$npm" --prefix "$build" ci --ignore-scripts --no-audit --no-fund --loglevel=http
take htmx.org/dist/htmx.min.js idiomorph/dist/idiomorph-ext.min.js uplot/dist/uPlot.iife.min.js uplot/dist/uPlot.min.css
touch "$vendor/.stamp"
