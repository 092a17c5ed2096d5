# Everything made lands in .venv, .build or the user's cache; nothing is installed on the system.
PYTHON ?= python3
python := .venv/bin/python
packages := domain rules batches forecast sites store ledger ingest notify api coldchain simulators

# Each process takes a file of tests after the other, with servers of its own. `make test PARALLEL=` uses one process.
# One more than there are cores where tests wait for real servers: then nobody waits for them.
PROCESSES = auto
PARALLEL ?= --numprocesses $(PROCESSES) --maxprocesses 5 --dist loadfile --no-loadscope-reorder

export PYTHON LOCK_FLAGS
# What was compiled once is kept, also where the environment says otherwise: tests start dozens of processes.
test test-fast: export PYTHONDONTWRITEBYTECODE :=

.PHONY: help setup run test test-fast lint texts bench influxd telegraf lock clean

help: ## what each target does
	@grep -E '^[a-z-]+:.*## ' $(MAKEFILE_LIST) | sed -E 's/^([a-z-]+):.*## /\1\t/' | expand -t 12

setup: .venv/.stamp ## make .venv with the locked dependencies (PYTHON=python3 chooses the interpreter)

.venv/.stamp: requirements/dev.txt pyproject.toml api/web/package-lock.json tools/setup.sh tools/step.sh tools/assets.sh
	@tools/setup.sh

run: setup ## start everything with a simulated site; prints the address
	@$(python) -m simulators.demo

test: PROCESSES = $(shell expr 1 + $$(getconf _NPROCESSORS_ONLN))
test: setup ## the whole test suite; tests of real servers skip where a server is missing
	$(python) -m pytest tests --durations=10 $(PARALLEL)

test-fast: export COLDCHAIN_EXAMPLES_AT_MOST ?= 5
test-fast: setup ## unit, property and contract tests
	$(python) -m pytest tests -m "not servers and not e2e and not long" --durations=10 $(PARALLEL)

lint: setup ## format, lint, types, imports
	$(python) -m ruff format --check .
	$(python) -m ruff check .
	$(python) -m mypy --strict $(packages)
	.venv/bin/lint-imports

texts: setup ## bring languages/*.po up to date with the English texts
	$(python) -m tools.texts

bench: setup ## measure; see docs/performance.md
	$(python) -m benchmarks $(BENCH)

screens: setup ## photograph the demonstration's pages into docs/screens (needs chromium and pdftoppm; three minutes)
	$(python) tools/screens.py $(SCREENS)

influxd: ## build InfluxDB 2 for the tests into the user's cache (needs Go, Rust, gcc; 6 to 8 minutes once)
	@tools/influxd/build.sh

telegraf: ## build Telegraf, the benchmark's peer, into the user's cache (needs Go)
	@tools/telegraf/build.sh

lock: setup ## write requirements/*.txt from pyproject.toml (LOCK_FLAGS=--upgrade for newer versions)
	tools/lock.sh

clean: ## remove what was made here; the user's cache stays
	rm -rf .venv .build api/web/static/vendor
	find . -name __pycache__ -type d -prune -exec rm -rf {} +
