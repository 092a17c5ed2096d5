"""`coldchain channel`: what works is said, and what does not."""

import json
import threading
from collections.abc import Iterator
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from coldchain import bootstrap, parts
from coldchain.commands import channel as commands
from coldchain.settings import load_settings
from domain.errors import ColdchainError, NotFoundError
from domain.times import SECOND
from ledger.offline_client import OfflineClient
from ledger.requests import Apply, Item
from sites.file import load
from tests.notify.receiver import receiving


@pytest.fixture
def site(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[list[str]]:
    """A database with these channels, and a notifier at work as `coldchain work` has it."""
    monkeypatch.setenv("COLDCHAIN_DATA_DIR", str(tmp_path))
    monkeypatch.setenv("COLDCHAIN_DELIVERY_TIMEOUT", "60s")
    monkeypatch.chdir(tmp_path)
    channels: list[str] = []
    yield channels


def apply(*channels: str) -> None:
    database = bootstrap.migrated(load_settings())
    with OfflineClient(database, "setup", bootstrap.clock) as client:
        entries = load(f"site: {{name: Here}}\nchannels: [{', '.join(channels)}]", "S.yaml")
        client.ask(Apply(entries=[Item(entry.kind, entry.doc) for entry in entries]))
    database.close()


@pytest.fixture
def notifier(site: list[str]) -> Iterator[None]:
    settings = load_settings()
    database = bootstrap.migrated(settings)
    notifier = parts.notifier(settings, database)
    over = threading.Event()

    def sweep() -> None:
        while not over.wait(0.02):
            notifier.sweep()

    thread = threading.Thread(target=sweep)
    thread.start()
    yield
    over.set()
    thread.join()
    notifier.close()
    database.close()


def run(*arguments: str) -> Result:
    result = CliRunner().invoke(commands.command, arguments)
    if isinstance(result.exception, ColdchainError):
        raise result.exception
    return result


def test_a_test_that_arrives_is_told(notifier: None) -> None:
    with receiving() as receiver:
        apply(f"{{id: erp, kind: webhook, url: '{receiver.url}'}}")
        result = run("test", "erp")
    assert (result.exit_code, result.stdout.split(" in ")[0]) == (0, "erp: delivered")
    assert len(receiver.heard) == 1


def test_a_test_that_fails_says_why_and_exits_with_1(notifier: None) -> None:
    with receiving(503) as receiver:
        apply(f"{{id: erp, kind: webhook, url: '{receiver.url}'}}")
        result = run("test", "erp")
    assert (result.exit_code, result.stdout, result.stderr) == (1, "", "erp: answered 503\n")


def test_a_channel_that_is_not_there_is_refused(site: list[str]) -> None:
    with pytest.raises(NotFoundError, match="no channel 'erp'"):
        run("test", "erp")


def test_a_test_that_nobody_sends_is_withdrawn(site: list[str], monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(commands, "PATIENCE", SECOND - 2 * 60 * SECOND)
    with receiving() as receiver:
        apply(f"{{id: erp, kind: webhook, url: '{receiver.url}'}}")
        result = run("test", "erp")
        assert result.exit_code == 1
        assert result.stderr == "erp: not sent within 1 s; is `coldchain work` running?\n"
        (state,) = json.loads(run("list", "--json").stdout)
    assert state["waiting"] == 0 and receiver.heard == []


def test_channels_are_listed_with_how_they_did_and_without_secrets(notifier: None) -> None:
    with receiving(200) as good, receiving(503) as bad:
        apply(
            f"{{id: bad, kind: apprise, url: 'json://hunter2:s3cret@127.0.0.1:{bad.port}/x'}}",
            f"{{id: good, kind: webhook, url: 'http://hunter2:s3cret@127.0.0.1:{good.port}/?k=hunter2'}}",
            "{id: mail, kind: email, to: [qa@example.org], min_severity: critical}",
        )
        run("test", "good")
        run("test", "bad")
    listed = run("list").stdout
    bad_line, good_line, mail_line = listed.splitlines()
    assert bad_line.startswith("bad  apprise  json  from info  0 waiting  no success yet  last failure 2")
    assert good_line.startswith("good  webhook  127.0.0.1  from info  0 waiting  last success 2")
    assert mail_line == "mail  email  qa@example.org  from critical  0 waiting  no success yet"
    assert "hunter2" not in listed and "s3cret" not in listed
