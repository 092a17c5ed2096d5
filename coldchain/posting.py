"""What takes messages by HTTP, built from the settings."""

from collections.abc import Mapping
from typing import Any

from coldchain.bootstrap import secret_folders
from coldchain.settings import Settings
from ingest import secret_files
from ingest.http.intake import TOPIC, Intake
from ingest.publisher import Publisher
from sites.topic_filters import is_exact
from store.database import Database
from store.state import load_entries


def intake(settings: Settings, database: Database) -> Intake:
    """Build it. It connects to the broker when something is posted for the first time."""
    publish = Publisher(settings.broker_url, version=settings.mqtt_version, ca_file=settings.mqtt_ca_file)
    read_secret = secret_files.reader(secret_folders(settings))
    return Intake(lambda: posted_sources(database), read_secret, publish, settings.max_payload_bytes)


def posted_sources(database: Database) -> Mapping[str, Mapping[str, Any]]:
    """Return the sources for which something may be posted, by topic: those of one topic below `http/`."""
    with database.read() as connection:
        docs = [entry.doc for entry in load_entries(connection, "source")]
    return {doc["topic"]: doc for doc in docs if doc["topic"].startswith(TOPIC) and is_exact(doc["topic"])}
