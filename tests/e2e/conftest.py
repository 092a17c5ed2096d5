"""The records once for all tests: what is true of them takes seconds to find out. An installation on real servers."""

from collections.abc import Iterator
from pathlib import Path

import pytest

pytest.register_assert_rewrite("tests.e2e.said")  # its assertions say what differs

from tests.e2e.installation import Installation  # noqa: E402
from tests.e2e.real_records import RECORDS, THE_LONGEST, Records  # noqa: E402
from tests.notify.receiver import receiving  # noqa: E402
from tests.servers.influx import Influx  # noqa: E402
from tests.servers.mosquitto import Mosquitto  # noqa: E402


@pytest.fixture
def installation(tmp_path: Path, mosquitto: Mosquitto, postgres_url: str, influx: Influx) -> Iterator[Installation]:
    mosquitto.start()
    directory = tmp_path / "coldchain"
    directory.mkdir()
    with (
        receiving() as receiver,
        Installation(
            directory, receiver, mosquitto=mosquitto, postgres_url=postgres_url, influx=influx
        ) as installation,
    ):
        installation.start()
        yield installation


@pytest.fixture(scope="session")
def records(shared_data: Path, tmp_path_factory: pytest.TempPathFactory) -> Records:
    """All of them: 12,042 readings."""
    return Records(shared_data, tmp_path_factory.mktemp("records"))


@pytest.fixture(scope="session")
def short_records(shared_data: Path, tmp_path_factory: pytest.TempPathFactory) -> Records:
    """All but the longest: 1,389 readings."""
    names = [name for name in RECORDS if name != THE_LONGEST]
    return Records(shared_data, tmp_path_factory.mktemp("short-records"), names)


@pytest.fixture(scope="session")
def many_records(shared_data: Path, tmp_path_factory: pytest.TempPathFactory) -> Records:
    """More than fit into the engine's buffer: all but the longest among 26,000 readings that concern no place."""
    names = [name for name in RECORDS if name != THE_LONGEST]
    return Records(shared_data, tmp_path_factory.mktemp("many-records"), names, unplaced=26_000)
