"""A whole installation, embedded or on real servers, that real records are replayed into."""

import os
import signal
import subprocess
import sys
from collections.abc import Mapping, Sequence
from contextlib import chdir
from functools import cached_property
from pathlib import Path
from typing import Any, Self

import httpx
from click.testing import CliRunner
from sqlalchemy import ColumnElement, Table, func, select

from coldchain.__main__ import cli
from domain.times import format_instant
from store.database import open_database
from store.forward import lag
from store.influx import Influx as Bucket
from store.tables import alerts, chunks, journal, outbox, readings, series
from tests.coldchain.tree import ROOT, Gateway, Tree
from tests.e2e.real_records import SITE, Records
from tests.notify.receiver import Receiver
from tests.servers.influx import Influx
from tests.servers.mosquitto import Mosquitto
from tests.servers.process import wait_until

SECRET = "known to the receiver too"
PATIENCE_S = 300
LAST_AT = 1_700_000_000


class Installation(Tree):
    """`coldchain run`; embedded, or on the servers given."""

    def __init__(
        self,
        directory: Path,
        receiver: Receiver,
        *,
        mosquitto: Mosquitto | None = None,
        postgres_url: str | None = None,
        influx: Influx | None = None,
        site: str | None = None,
    ) -> None:
        """`site` is the text of a site file without channels; default: the one of the real records."""
        channel = f"channels: [{{id: erp, kind: webhook, url: '{receiver.url}', secret_file: hook.key}}]\n"
        super().__init__(directory, (SITE.read_text() if site is None else site) + channel)
        (directory / "hook.key").write_text(SECRET)
        self.receiver = receiver
        # The records are years old; they are to be kept and judged all the same.
        self.environment |= {"COLDCHAIN_KEEP_READINGS": "36500d", "COLDCHAIN_HOLD_OFF": "1s"}
        if mosquitto:
            self.environment["COLDCHAIN_MQTT_URL"] = mosquitto.url
        if postgres_url:
            self.environment["COLDCHAIN_DATABASE_URL"] = postgres_url
        if influx:
            names = ("url", "token", "org", "bucket")
            self.environment |= {f"COLDCHAIN_INFLUX_{name.upper()}": getattr(influx, name) for name in names}
        self.broker_port = mosquitto.port if mosquitto else self.mqtt_port
        self.log.touch()
        (directory / "data").mkdir()
        self.database = open_database(postgres_url or f"sqlite:///{directory}/data/coldchain.db")
        self.bucket = Bucket(influx.url, influx.token, influx.org, influx.bucket) if influx else None

    def begin(self) -> None:
        """Start it and do not wait for anything."""
        super().start()

    def start(self) -> None:
        """Start it and wait until it hears and knows the site."""
        before = self._hears_and_knows()
        self.begin()
        self.wait(
            lambda: all(now > then for now, then in zip(self._hears_and_knows(), before, strict=True)), PATIENCE_S
        )

    def _hears_and_knows(self) -> tuple[int, int]:
        return self.said("connected to the broker"), self.said("site file applied")

    def wait_compacted(self) -> None:
        """Wait until all readings are in chunks, as `work` leaves them soon after its start."""
        self.wait(lambda: self.count(readings) == 0, PATIENCE_S)

    def close(self) -> None:
        self.stop()
        if "api" in self.__dict__:
            self.api.close()
        if self.bucket:
            self.bucket.close()
        self.database.close()
        assert self.orphans() == set()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *exception: object) -> None:
        self.close()

    # --- doing ---

    def replay(self, records: Records, shuffle: int | None = None) -> None:
        """Send all records, one logger after the other or everything mixed; return when the broker has them."""
        if shuffle is not None:
            self._send(records.replayed, "--shuffle", str(shuffle))
            return
        for path, device in records.files.items():
            self._send(path, "--sensor", device)

    def _send(self, path: Path, *options: str) -> None:
        command = [
            sys.executable,
            "-m",
            "simulators",
            "replay",
            str(path),
            "--mqtt",
            f"mqtt://127.0.0.1:{self.broker_port}",
        ]
        command += ["--topic", "site/a/readings", "--speed", "max", *options]
        done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, timeout=PATIENCE_S)
        assert done.returncode == 0, done.stderr

    def kill_ingest(self) -> None:
        """As if the machine had lost its power; the supervisor starts it again."""
        self.kill("ingest")

    def kill(self, name: str) -> None:
        """Kill a part; the supervisor starts it again."""
        self.wait(lambda: name in self.children())
        killed = self.children()[name]
        os.kill(killed, signal.SIGKILL)
        self.wait(lambda: self.children().get(name, killed) != killed)

    def wait_orphans_ended(self) -> None:
        """Wait until the parts have noticed that their supervisor is gone."""
        wait_until(lambda: not self.orphans(), PATIENCE_S, "the parts to end with their supervisor")

    def wait_hearing(self) -> None:
        """Wait until what is sent is heard: a new broker drops what nobody has asked for yet."""

        def heard() -> int:
            gateway = Gateway(self.broker_port, "D0")
            gateway.publish([20.0], LAST_AT)
            gateway.close()
            return self.count(series, series.c.device == "D0")

        self.wait(heard, PATIENCE_S)

    def run(self, *arguments: str) -> str:
        """Return what a command prints: it runs in this process, which has loaded everything already."""
        others = {name: None for name in os.environ if name.startswith("COLDCHAIN_")}
        with chdir(self.directory):
            done = CliRunner().invoke(cli, arguments, env=others | self.environment, catch_exceptions=False)
        assert done.exit_code == 0, done.output
        return done.stdout

    # --- waiting ---

    def kept(self) -> int:
        """How many readings are in the database."""
        packed = func.coalesce(func.sum(chunks.c.count + chunks.c.faults + chunks.c.flagged), 0)
        return self.count(readings) + int(self.scalar(select(packed)))

    def wait_answering(self) -> None:
        """Wait until the API answers: it may have been started anew, and not be there yet."""
        self.wait(self._answers, PATIENCE_S)

    def _answers(self) -> bool:
        try:
            return httpx.get(f"http://127.0.0.1:{self.http_port}/healthz", trust_env=False).is_success
        except httpx.TransportError:
            return False

    def wait_caught_up(self, records: Records) -> None:
        """Wait until all that was sent is committed, judged as of now, forwarded and told.

        A last reading of a device that hangs nowhere says that everything before it was taken.
        """
        self.wait_all_taken()
        self.wait_told(records.problems)

    def wait_all_taken(self) -> None:
        """Wait until all that was sent is committed and forwarded."""
        gateway = Gateway(self.broker_port)
        gateway.publish([20.0], LAST_AT)
        gateway.close()
        self.wait(lambda: self.count(series, series.c.device == "D1"), PATIENCE_S)
        self.wait(lambda: self.forward_lag() == 0, PATIENCE_S)

    def wait_told(self, problems: Sequence[Mapping[str, Any]]) -> None:
        """Wait until there is a founded alert for each problem but silences (see `said`), and all is told."""
        found = [each for each in problems if each["direction"] != "silent"]
        expected = {(each["place"], each["direction"], each["since"], each["until"]) for each in found}
        self.wait(lambda: self._alerts() == expected, PATIENCE_S)
        self.wait(lambda: self.count(outbox, outbox.c.state == "waiting") == 0, PATIENCE_S)

    def _alerts(self) -> set[tuple[str, str, str, str | None]]:
        of_places = alerts.c.founded & (alerts.c.lot == "") & (alerts.c.direction != "silent")
        columns = (alerts.c.place, alerts.c.direction, alerts.c.since, alerts.c.until, alerts.c.no_data)
        with self.database.read() as connection:
            return {
                (place, direction, format_instant(since), _instant(until or recorded_end(no_data)))
                for place, direction, since, until, no_data in connection.execute(select(*columns).where(of_places))
            }

    def forward_lag(self) -> int:
        """Return how many journal rows InfluxDB is behind."""
        if self.bucket is None:
            return 0
        with self.database.read() as connection:
            return lag(connection).rows

    def scalar(self, query: Any) -> Any:
        with self.database.read() as connection:
            return connection.scalar(query)

    def count(self, table: Table, *conditions: ColumnElement[bool]) -> int:
        return int(self.scalar(select(func.count()).select_from(table).where(*conditions)))

    def steps(self) -> int:
        """How many batches of messages are committed."""
        return self.count(journal, journal.c.kind == "messages")

    @cached_property
    def api(self) -> httpx.Client:
        """Return who asks the API, with a token of its own; see `wait_answering`."""
        token = self.run("token", "add", "test", "--role", "viewer").strip()
        address = f"http://127.0.0.1:{self.http_port}/api/v1"
        return httpx.Client(
            base_url=address, headers={"Authorization": f"Bearer {token}"}, trust_env=False, timeout=PATIENCE_S
        )


def recorded_end(no_data: Mapping[str, Any] | None) -> Any:
    """Return when a problem ended by the record although people are told that nobody knows; None: it goes on."""
    return no_data["unknown_since"] if no_data and no_data["until"] is None else None


def _instant(at: int | None) -> str | None:
    return None if at is None else format_instant(at)
