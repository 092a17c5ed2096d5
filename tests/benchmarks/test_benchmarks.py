"""Every benchmark runs; here those that need no server. See also test_of_readings.py and test_of_alarms.py."""

import subprocess
import sys
from pathlib import Path

import pytest

from benchmarks.__main__ import NAMES
from tests.benchmarks.small import ALONE, IN_TABLE, OF_ALARMS, OF_READINGS, ROOT, SMALL, Bench


@pytest.mark.e2e
@pytest.mark.parametrize("name", ALONE)
def test_it_runs(name: str, folder: Path, bench: Bench) -> None:
    bench.check(name, folder)


@pytest.mark.servers
def test_the_stages_run_on_postgresql(bench: Bench) -> None:
    assert "commit" in bench.run("step", "--messages 500 --postgres")


@pytest.mark.e2e
def test_it_runs_as_people_run_it() -> None:
    command = [sys.executable, "-m", "benchmarks.engine", *SMALL["engine"].split()]
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=True)
    assert [word for word in IN_TABLE["engine"] if word not in done.stdout] == []


def test_every_benchmark_runs_in_one_of_the_tests() -> None:
    assert sorted((*ALONE, *OF_READINGS, *OF_ALARMS)) == sorted(NAMES)


def test_every_module_that_measures_is_run_by_make_bench() -> None:
    runnable = {
        path.stem for path in (ROOT / "benchmarks").glob("*.py") if '__name__ == "__main__"' in path.read_text()
    }
    assert runnable - {"__main__"} == set(NAMES)
