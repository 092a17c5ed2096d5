"""The records once for all tests: what is true of them takes seconds to find out."""

from pathlib import Path

import pytest

pytest.register_assert_rewrite("tests.e2e.said")  # its assertions say what differs

from tests.e2e.real_records import RECORDS, THE_LONGEST, Records  # noqa: E402


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
