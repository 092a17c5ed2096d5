"""InfluxDB 2 as `make influxd` builds it, set up with a user, an organisation and a token."""

import os
import urllib.error
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from itertools import count
from pathlib import Path
from typing import TYPE_CHECKING

from tests.servers.process import MissingError, Server

if TYPE_CHECKING:  # it takes long to load, and most tests have nothing to do with it
    from influxdb_client import InfluxDBClient

ORGANISATION = "coldchain"
TOKEN = "a-token-for-tests"


@dataclass(frozen=True)
class Influx:
    """What a program needs to use one bucket, and the server behind it for tests that stop it."""

    url: str
    token: str
    org: str
    bucket: str
    server: "Influxd"


class Influxd(Server):
    def __init__(self, directory: Path, port: int | None = None) -> None:
        super().__init__(directory, port)
        self.program = find_influxd()
        self._names = count(1)

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.port}"

    def command(self) -> list[str]:
        places = {"bolt-path": "influxd.bolt", "engine-path": "engine", "sqlite-path": "influxd.sqlite"}
        options = [part for key, name in places.items() for part in (f"--{key}", str(self.directory / name))]
        address = f"127.0.0.1:{self.port}"
        return [self.program, "--http-bind-address", address, *options, "--reporting-disabled", "--log-level", "error"]

    def ready(self) -> bool:
        try:
            with urllib.request.urlopen(f"{self.url}/health", timeout=30) as answer:
                return answer.status == 200
        except (urllib.error.URLError, OSError):
            return False

    def start(self) -> None:
        first_time = not (self.directory / "influxd.bolt").exists()
        super().start()
        if first_time:
            self._set_up()

    @contextmanager
    def fresh_bucket(self) -> Iterator[Influx]:
        """A new, empty bucket that keeps everything and is removed afterwards."""
        name = f"test-{next(self._names)}"
        with self.client() as client:
            bucket = client.buckets_api().create_bucket(bucket_name=name, org=ORGANISATION)
        try:
            yield Influx(self.url, TOKEN, ORGANISATION, name, self)
        finally:
            self.start()  # a test may have stopped it
            with self.client() as client:
                client.buckets_api().delete_bucket(bucket)

    def client(self) -> "InfluxDBClient":
        from influxdb_client import InfluxDBClient

        return InfluxDBClient(self.url, TOKEN, org=ORGANISATION)

    def _set_up(self) -> None:
        from influxdb_client import InfluxDBClient, OnboardingRequest, SetupService

        request = OnboardingRequest(
            username="tests", password="tests-only", org=ORGANISATION, bucket="first", token=TOKEN
        )
        with InfluxDBClient(self.url, token="") as client:
            SetupService(client.api_client).post_setup(request)


def cache() -> Path:
    """Where `make influxd` puts what it builds; the same rule as in tools/cache.sh."""
    base = os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache"
    return Path(os.environ.get("COLDCHAIN_CACHE") or Path(base) / "coldchain")


def find_influxd() -> str:
    found = sorted(cache().glob("influxd-*/influxd"))
    if not found:
        raise MissingError("influxd is not built (make influxd)")
    return str(found[-1])
