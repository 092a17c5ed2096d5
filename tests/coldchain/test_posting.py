"""What takes messages by HTTP in a real installation: source, secret file and broker of the settings."""

from pathlib import Path

import pytest

from coldchain import bootstrap
from coldchain.posting import intake, posted_sources
from coldchain.settings import load_settings
from domain.errors import NotFoundError, UnauthenticatedError
from ledger.offline_client import OfflineClient
from ledger.requests import Apply, Item
from sites.file import load
from tests.servers.mosquitto import Mosquitto

SITE = """
site: {name: Here}
sources:
  - {topic: http/efento, format: efento_gateway, secret_file: efento.token}
  - {topic: "http/+", format: json}
  - {topic: "site/#", format: json}
"""


@pytest.fixture
def site(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A database with these sources, and the secret of one beside it."""
    monkeypatch.setenv("COLDCHAIN_DATA_DIR", str(tmp_path))
    (tmp_path / "efento.token").write_text("s3cret\n")
    database = bootstrap.migrated(load_settings())
    with OfflineClient(database, "setup", bootstrap.clock) as client:
        client.ask(Apply(entries=[Item(entry.kind, entry.doc) for entry in load(SITE, "S.yaml")]))
    database.close()


@pytest.mark.usefixtures("site")
def test_only_sources_of_one_topic_below_http_take_something() -> None:
    database = bootstrap.migrated(load_settings())
    assert list(posted_sources(database)) == ["http/efento"]
    database.close()


@pytest.mark.usefixtures("site")
def test_what_is_posted_is_proven_by_the_secret_file_and_reaches_the_broker(
    mosquitto: Mosquitto, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("COLDCHAIN_MQTT_URL", mosquitto.url)
    settings = load_settings()
    database = bootstrap.migrated(settings)
    found = intake(settings, database)
    body = b'{"measurements":[{"response_handle":7}]}'
    assert found.take("efento", {"x-api-token": "s3cret"}, body) == (201, b'{"Y": [7], "N": []}')
    with pytest.raises(UnauthenticatedError):
        found.take("efento", {"x-api-token": "other"}, body)
    with pytest.raises(NotFoundError):
        found.take("plus", {"x-api-token": "s3cret"}, body)
    found.close()
    database.close()
