#!/usr/bin/env bash
# Make .venv with the locked dependencies and the project itself, editable; take the pages' assets. Run by `make setup`.
# Interrupted at any moment, it does again what was not finished when it is run again.
set -euo pipefail
cd "$(dirname "$0")/.."
. tools/step.sh
python=${PYTHON:-python3}
venv_python=.venv/bin/python
# There while pip installs: if it was interrupted, nobody knows which packages are whole, so .venv is made again.
unfinished=.venv/.unfinished

check_python() {
  command -v "$python" >/dev/null 2>&1 || stop "no '$python' on PATH; install Python 3.11 or newer, or say PYTHON=/path/to/python3"
  "$python" -c 'import sys; sys.exit(sys.version_info < (3, 11))' ||
    stop "'$python' is $("$python" --version 2>&1), but 3.11 or newer is needed; say PYTHON=/path/to/a/newer/python3"
  # Debian ships Python without these two modules.
  "$python" -c 'import ensurepip, venv' 2>/dev/null ||
    stop "'$python' cannot make virtual environments (no venv module); on Debian and Ubuntu: apt-get install python3-venv"
}

pip_install() {
  "$venv_python" -m pip --disable-pip-version-check install --progress-bar off "$@"
}

# A .venv without a working pip is one that was interrupted or whose Python is gone.
if [ -e "$unfinished" ] || ! "$venv_python" -m pip --version >/dev/null 2>&1; then
  check_python
  step "making .venv with $("$python" --version)" "$python" -m venv --clear .venv
fi
touch "$unfinished"
step "installing the locked dependencies" pip_install --require-hashes --requirement requirements/dev.txt
# hatchling is among them with a hash; without isolation pip fetches nothing that is not locked.
step "installing coldchain itself" pip_install --no-build-isolation --no-deps --editable .
rm "$unfinished"
tools/assets.sh
touch .venv/.stamp
