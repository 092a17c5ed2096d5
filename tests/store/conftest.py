"""A database of each sort, empty or migrated."""

import pytest

from store.database import open_database
from store.migrate import migrate


@pytest.fixture(params=["sqlite", "postgresql"])
def empty_database(request, tmp_path):
    """A database without tables."""
    sqlite = f"sqlite:///{tmp_path}/coldchain.db"
    url = sqlite if request.param == "sqlite" else request.getfixturevalue("postgres_url")
    opened = open_database(url)
    yield opened
    opened.close()


@pytest.fixture
def database(empty_database):
    """A database with the schema."""
    migrate(empty_database)
    return empty_database
