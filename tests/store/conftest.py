"""A database of each sort, empty or migrated."""

import pytest

from store.database import open_database
from tests.thrift import SORTS


@pytest.fixture(params=SORTS)
def empty_database(request, tmp_path):
    """A database without tables."""
    sqlite = f"sqlite:///{tmp_path}/coldchain.db"
    opened = open_database(sqlite if request.param == "sqlite" else request.getfixturevalue("postgres_url"))
    yield opened
    opened.close()


@pytest.fixture(params=SORTS)
def database(request):
    """A database with the schema and nothing else."""
    return request.getfixturevalue(f"{request.param}_database")
