"""Databases with nothing in them, quickly."""

import pytest

from tests.thrift import migrated


@pytest.fixture(scope="session")
def bare(tmp_path_factory):
    """The file of a database with nothing in it, to be copied."""
    path = tmp_path_factory.mktemp("bare") / "coldchain.db"
    migrated(path).close()
    return path
