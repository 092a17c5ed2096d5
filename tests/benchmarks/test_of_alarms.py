"""Benchmarks of alarms, from the reading to the message: on a broker, a database and their peers."""

from pathlib import Path

import pytest

from tests.benchmarks.small import OF_ALARMS, Bench

pytestmark = [pytest.mark.e2e, pytest.mark.servers]


@pytest.mark.parametrize("name", OF_ALARMS)
def test_it_runs(name: str, folder: Path, bench: Bench) -> None:
    bench.check(name, folder)
