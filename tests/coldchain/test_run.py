"""`coldchain run` whole: it hears, survives the death of its parts, and leaves nothing behind."""

import json
import os
import signal
import time
from collections.abc import Iterator
from pathlib import Path

import httpx
import pytest

from notify.channels.webhook import signature
from tests.coldchain.tree import SITE, Gateway, Tree
from tests.notify.receiver import receiving
from tests.servers.process import PATIENCE_S, wait_until

pytestmark = pytest.mark.e2e

CHILDREN = {"broker", "ingest", "work", "serve"}
READINGS = "SELECT value FROM readings ORDER BY measured_at"


@pytest.fixture
def tree(tmp_path: Path) -> Iterator[Tree]:
    tree = Tree(tmp_path)
    tree.start()
    yield tree
    tree.stop()


def test_a_published_reading_comes_to_the_database_and_a_stop_leaves_no_process(tree: Tree) -> None:
    tree.wait(tree.hears)
    tree.wait(lambda: set(tree.children()) == CHILDREN)
    gateway = Gateway(tree.mqtt_port)
    gateway.publish([5.1], time.time())
    tree.wait(lambda: tree.rows(READINGS) == [(5_100_000,)])
    gateway.close()
    tree.wait(lambda: tree.said("Uvicorn running"))
    assert (
        httpx.get(f"http://127.0.0.1:{tree.http_port}/healthz", trust_env=False, timeout=PATIENCE_S).status_code == 200
    )
    tree.wait_well()
    tree.process.send_signal(signal.SIGTERM)  # type: ignore[union-attr]
    assert tree.ended() == 0
    assert tree.orphans() == set()
    log = tree.log.read_text()
    stops = [log.index(f"{name} stopped") for name in ("serve", "work", "ingest", "broker")]
    assert stops == sorted(stops)


def test_an_alert_of_a_held_lot_is_delivered_signed(tmp_path: Path) -> None:
    with receiving() as receiver:
        channel = f"channels: [{{id: erp, kind: webhook, url: '{receiver.url}', secret_file: hook.key}}]"
        tree = Tree(tmp_path, SITE + channel)
        (tmp_path / "data").mkdir()
        (tmp_path / "data/hook.key").write_text("s3cret")
        tree.start()
        try:
            tree.wait(tree.hears)
            gateway = Gateway(tree.mqtt_port)
            gateway.publish([9.6], time.time())
            gateway.close()
            tree.wait(lambda: receiver.heard)
        finally:
            tree.stop()
    (heard,) = receiver.heard
    told = json.loads(heard.body)
    assert (told["event"], told["place"], told["direction"]) == ("raised", "ROOM-1", "high")
    assert [(lot["product"], lot["lot"]) for lot in told["lots"]] == [("VAX", "A1")]
    timestamp = heard.headers["coldchain-signature"].partition(",")[0].removeprefix("t=")
    assert heard.headers["coldchain-signature"] == signature(b"s3cret", int(timestamp), heard.body)


def test_a_killed_ingest_is_started_again_and_nothing_is_lost(tree: Tree) -> None:
    tree.wait(tree.hears)
    gateway = Gateway(tree.mqtt_port)
    since = time.time() - 3600
    gateway.publish([1.0] * 500, since)
    killed = tree.children()["ingest"]
    os.kill(killed, signal.SIGKILL)
    gateway.publish([2.0] * 500, since + 500)
    tree.wait(lambda: tree.children().get("ingest", killed) != killed)
    gateway.publish([3.0], since + 1000)
    tree.wait(lambda: len(tree.rows(READINGS)) == 1001)
    gateway.close()
    assert tree.said("ingest ended with -9") == 1
    assert tree.rows("SELECT count(*) FROM conflicts") == [(0,)]


def test_a_killed_supervisor_leaves_no_orphans(tree: Tree) -> None:
    tree.wait(tree.hears)
    tree.wait(lambda: set(tree.children()) == CHILDREN)
    tree.process.kill()  # type: ignore[union-attr]
    tree.ended()
    wait_until(lambda: not tree.orphans(), PATIENCE_S, lambda: f"the end of {tree.orphans()}")


def test_a_bad_site_file_stops_the_start(tmp_path: Path) -> None:
    tree = Tree(tmp_path, SITE.replace("sensor: S1", "sensor: S9"))
    done = tree.coldchain(*tree.arguments)
    assert done.returncode == 2
    assert done.stderr == 'site.yaml:7 mounts[0].sensor: no sensor "S9"\n'
    assert not (tmp_path / "data").exists()


def test_a_source_that_its_format_cannot_use_stops_the_start(tmp_path: Path) -> None:
    tree = Tree(tmp_path, SITE.replace("format: json", "format: jsno"))
    done = tree.coldchain(*tree.arguments)
    assert done.returncode == 2
    assert "jsno" in done.stderr and done.stderr.startswith("site.yaml:4 sources[0]")


def test_an_address_in_use_stops_the_start(tmp_path: Path) -> None:
    import socket

    tree = Tree(tmp_path, None)
    with socket.create_server(("127.0.0.1", tree.mqtt_port)):
        done = tree.coldchain("run")
    assert done.returncode == 2
    expected = f"COLDCHAIN_BROKER_ADDRESS='127.0.0.1:{tree.mqtt_port}' cannot be listened on: Address already in use\n"
    assert done.stderr == expected


@pytest.mark.parametrize("command", ["run", "ingest", "work", "doctor"])
def test_a_wrong_setting_is_one_sentence_and_exit_code_2(command: str, tmp_path: Path) -> None:
    tree = Tree(tmp_path, None)
    tree.environment["COLDCHAIN_COMPACT_AFTER"] = "soon"
    done = tree.coldchain(command)
    assert done.returncode == 2
    assert done.stderr == "COLDCHAIN_COMPACT_AFTER='soon' is no duration such as 90s, 15min, 10h or 30d\n"
