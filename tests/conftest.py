"""Fixtures for all tests: real servers and the shared folders.

What is missing skips the test that needs it, with a reason; with COLDCHAIN_REQUIRE=all it fails it instead.
"""

import os
import tempfile
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import NoReturn, TypeVar

import pytest
from hypothesis import HealthCheck, configuration, settings

from store.database import Database, open_database
from store.migrate import migrate
from tests import thrift
from tests.servers.influx import Influx, Influxd
from tests.servers.mosquitto import Mosquitto
from tests.servers.postgres import Postgres
from tests.servers.process import MissingError, Server

ROOT = Path(__file__).parents[1]
SERVER_FIXTURES = {"mosquitto", "postgres", "postgres_url", "postgresql_database", "influxd", "influx"}

# Files that take longest, the longest first; behind the first, which mostly waits, its process gets one more at once.
LONGEST = (
    "e2e/test_make_run.py",
    "e2e/test_draining.py",
    "e2e/test_real_records.py",
    "coldchain/test_run_servers.py",
    "e2e/test_truth.py",
    "benchmarks/test_of_alarms.py",
    "benchmarks/test_of_readings.py",
    "benchmarks/test_benchmarks.py",
    "e2e/test_real_servers.py",
    "coldchain/test_run.py",
    "api/web/test_every_state.py",
    "api/web/test_every_statement.py",
)

AnyServer = TypeVar("AnyServer", bound=Server)

thrift.install()
configuration.set_hypothesis_home_dir(ROOT / ".build/hypothesis")
# No deadline and no look at the time: it says nothing on a busy machine. CI repeats what it does.
settings.register_profile(
    "coldchain",
    deadline=None,
    max_examples=thrift.examples(100),
    suppress_health_check=[HealthCheck.too_slow],
    print_blob=True,
    derandomize="CI" in os.environ,
)
settings.load_profile("coldchain")


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Whoever asks for a server's fixture is marked `servers`, so that it cannot be forgotten.

    The files that take longest come first: where several processes share them none is left with a long one at the end.
    """
    for item in items:
        if SERVER_FIXTURES.intersection(getattr(item, "fixturenames", ())):
            item.add_marker(pytest.mark.servers)
    long = [{ROOT / "tests" / name} for name in LONGEST]
    long += [{item.path for item in items if item.get_closest_marker(mark)} for mark in ("e2e", "servers", "long")]
    items.sort(key=lambda item: next((place for place, paths in enumerate(long) if item.path in paths), len(long)))


def missing(what: str) -> NoReturn:
    if os.environ.get("COLDCHAIN_REQUIRE") == "all":
        pytest.fail(f"COLDCHAIN_REQUIRE=all, but {what}", pytrace=False)
    pytest.skip(what)


def made(make: Callable[[], AnyServer]) -> AnyServer:
    try:
        return make()
    except MissingError as error:
        missing(str(error))


@pytest.fixture
def mosquitto(tmp_path: Path) -> Iterator[Mosquitto]:
    """A broker of its own for each test, with the shipped configuration; the test may stop, kill and restart it."""
    directory = tmp_path / "mosquitto"
    directory.mkdir()
    with made(lambda: Mosquitto(directory)) as server:
        yield server


@pytest.fixture(scope="session")
def postgres() -> Iterator[Postgres]:
    """One PostgreSQL for the whole run. It may be killed, but the machine does not crash: no need for fsync."""
    with (
        tempfile.TemporaryDirectory(prefix="coldchain-", ignore_cleanup_errors=True) as directory,
        made(lambda: Postgres(Path(directory), settings={"fsync": "off"})) as server,
    ):
        yield server


@pytest.fixture
def postgres_url(postgres: Postgres) -> Iterator[str]:
    """The SQLAlchemy URL of an empty database."""
    with postgres.fresh_database() as url:
        yield url


@pytest.fixture(scope="session")
def emptied_postgresql(postgres: Postgres) -> Iterator[thrift.Emptied]:
    """A database with the schema, for `postgresql_database`."""
    with postgres.fresh_database() as url:
        opened = open_database(url)
        migrate(opened)
        opened.close()
        emptied = thrift.Emptied(url)
        yield emptied
        emptied.close()


@pytest.fixture
def postgresql_database(emptied_postgresql: thrift.Emptied) -> Iterator[Database]:
    """A PostgreSQL database with the schema and nothing else."""
    with emptied_postgresql.opened() as database:
        yield database


@pytest.fixture
def sqlite_database(tmp_path: Path) -> Iterator[Database]:
    """An SQLite database with the schema and nothing else."""
    database = thrift.migrated(tmp_path / "coldchain.db")
    yield database
    database.close()


@pytest.fixture(scope="session")
def influxd(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Influxd]:
    """One InfluxDB 2 for the whole run."""
    with made(lambda: Influxd(tmp_path_factory.mktemp("influxd"))) as server:
        yield server


@pytest.fixture
def influx(influxd: Influxd) -> Iterator[Influx]:
    """An empty bucket; `influx.server` is the server behind it."""
    with influxd.fresh_bucket() as bucket:
        yield bucket


@pytest.fixture(scope="session")
def shared_data() -> Path:
    """The folder of real logger records."""
    return shared_folder("data")


@pytest.fixture(scope="session")
def shared_vectors() -> Path:
    """The folder of test vectors: gateway messages, standards."""
    return shared_folder("vectors")


def shared_folder(name: str) -> Path:
    base = os.environ.get("COLDCHAIN_SHARED")
    if not base:
        missing("COLDCHAIN_SHARED is not set (the folder that has data/ and vectors/)")
    folder = Path(base) / name
    if not folder.is_dir():
        missing(f"there is no folder {folder}")
    return folder
