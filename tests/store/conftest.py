"""A database of each sort, empty or migrated."""

import shutil

import pytest
from sqlalchemy import text

from store.database import open_database
from store.migrate import migrate
from store.tables import metadata

SORTS = ["sqlite", pytest.param("postgresql", marks=pytest.mark.servers)]


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


@pytest.fixture(scope="session")
def migrated_file(tmp_path_factory):
    """An SQLite file to copy: migrating takes longer than most tests."""
    path = tmp_path_factory.mktemp("sqlite") / "migrated.db"
    opened = open_database(f"sqlite:///{path}")
    migrate(opened)
    opened.close()
    return path


@pytest.fixture
def sqlite_database(migrated_file, tmp_path):
    """A migrated SQLite database."""
    opened = open_database(f"sqlite:///{shutil.copy(migrated_file, tmp_path / 'coldchain.db')}")
    yield opened
    opened.close()


@pytest.fixture(scope="session")
def migrated_postgres(postgres):
    """A migrated PostgreSQL database that tests use one after the other."""
    with postgres.fresh_database() as url:
        opened = open_database(url)
        migrate(opened)
        yield opened
        opened.close()


@pytest.fixture
def postgresql_database(migrated_postgres):
    """A migrated PostgreSQL database, emptied when the test ends."""
    yield migrated_postgres
    names = ", ".join(table.name for table in metadata.sorted_tables if table.name != "installation")
    with migrated_postgres.begin() as connection:
        connection.execute(text(f"TRUNCATE {names} RESTART IDENTITY"))
