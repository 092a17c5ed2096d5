"""Simulators with every fault: what is found is what their truth file says, whatever is killed meanwhile.

A test that failed is had again by its printed seed: COLDCHAIN_FATE=1234.
"""

import os
import subprocess
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.e2e.installation import Installation
from tests.e2e.simulated import SPEED, Fate, Simulated, ended, kill
from tests.notify.receiver import receiving
from tests.servers.influx import Influx
from tests.servers.mosquitto import Mosquitto
from tests.servers.postgres import Postgres

pytestmark = pytest.mark.e2e

PARTS = ["ingest", "serve", "work", "coldchain run"]
# What they had acknowledged and not kept is lost with them: it is sent again, as by a gateway that keeps a copy.
FORGETFUL = ("broker", "mosquitto", "coldchain run")

# With them the notifier loses what it was just about to note down.
TELLING = ("work", "coldchain run", "postgres")


@pytest.fixture(scope="module")
def simulated(tmp_path_factory: pytest.TempPathFactory) -> Simulated:
    return Simulated(tmp_path_factory.mktemp("simulated"))


@pytest.fixture
def embedded(tmp_path: Path, simulated: Simulated) -> Iterator[Installation]:
    directory = tmp_path / "coldchain"
    directory.mkdir()
    with receiving() as receiver, Installation(directory, receiver, site=simulated.site.read_text()) as installation:
        installation.start()
        yield installation


@pytest.fixture
def on_servers(
    tmp_path: Path, simulated: Simulated, mosquitto: Mosquitto, postgres_url: str, influx: Influx
) -> Iterator[Installation]:
    mosquitto.start()
    directory = tmp_path / "coldchain"
    directory.mkdir()
    with (
        receiving() as receiver,
        Installation(
            directory,
            receiver,
            mosquitto=mosquitto,
            postgres_url=postgres_url,
            influx=influx,
            site=simulated.site.read_text(),
        ) as installation,
    ):
        installation.start()
        yield installation


def fate(victims: list[str]) -> Fate:
    seed = os.environ.get("COLDCHAIN_FATE")
    return Fate(victims, None if seed is None else int(seed))


def begun(simulated: Simulated, installation: Installation) -> subprocess.Popen[bytes]:
    """Return who plays, once something of it has been taken."""
    player = simulated.play(installation, SPEED)
    installation.wait(lambda: installation.steps() > 0)
    return player


def test_embedded_what_is_found_is_the_truth(embedded: Installation, simulated: Simulated) -> None:
    ended(simulated.play(embedded, "max"))
    simulated.check(embedded)


def test_on_servers_what_is_found_is_the_truth(on_servers: Installation, simulated: Simulated) -> None:
    ended(simulated.play(on_servers, "max"))
    simulated.check(on_servers)


def test_embedded_it_is_so_whatever_is_killed(embedded: Installation, simulated: Simulated) -> None:
    doomed = fate([*PARTS, "broker"])
    player = begun(simulated, embedded)
    time.sleep(doomed.after_s)
    kill(embedded, doomed.victim, {})
    ended(player)
    if doomed.victim in FORGETFUL:
        simulated.send_again(embedded)
    simulated.check(embedded, doomed.victim not in TELLING)


def test_on_servers_it_is_so_whatever_is_killed(
    on_servers: Installation, simulated: Simulated, mosquitto: Mosquitto, postgres: Postgres, influx: Influx
) -> None:
    servers = {"mosquitto": mosquitto, "postgres": postgres, "influxd": influx.server}
    doomed = fate([*PARTS, *servers])
    player = begun(simulated, on_servers)
    time.sleep(doomed.after_s)
    kill(on_servers, doomed.victim, servers)
    ended(player)
    if doomed.victim in FORGETFUL:
        simulated.send_again(on_servers)
    simulated.check(on_servers, doomed.victim not in TELLING)
