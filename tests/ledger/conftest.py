"""A database of each sort, and a stage on one."""

import shutil

import pytest

from store.database import open_database
from tests.ledger.stage import Stage
from tests.thrift import SORTS, migrated


@pytest.fixture(params=SORTS)
def database(request):
    """A migrated database of each sort."""
    return request.getfixturevalue(f"{request.param}_database")


@pytest.fixture
def stage(database):
    """A small site on a database of each sort."""
    return Stage(database)


@pytest.fixture
def small(tmp_path):
    """A small site on SQLite, for what has nothing to do with the database."""
    opened = migrated(tmp_path / "coldchain.db")
    yield Stage(opened)
    opened.close()


@pytest.fixture(scope="session")
def template(tmp_path_factory):
    """The file of a database with the small site, to be copied."""
    path = tmp_path_factory.mktemp("template") / "coldchain.db"
    opened = migrated(path)
    Stage(opened)
    opened.close()
    return path


@pytest.fixture
def fresh(template, tmp_path):
    """Give as many databases with the small site as wanted, quickly."""
    opened = []

    def copy(source=template):
        path = tmp_path / f"{len(opened)}.db"
        shutil.copy(source, path)
        opened.append(open_database(f"sqlite:///{path}"))
        return opened[-1]

    yield copy
    for each in opened:
        each.close()
