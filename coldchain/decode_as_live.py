"""What the live system would make of a message: with the sources of a site file, or with those of the database."""

from collections.abc import Callable, Iterable, Mapping, Sequence
from pathlib import Path
from typing import Any

from sqlalchemy.exc import DBAPIError

from coldchain import bootstrap
from coldchain.engine import load_sources
from coldchain.settings import load_settings
from coldchain.site_file import read
from domain.errors import DecodeError, UnavailableError
from domain.model import Sensor
from ingest.answer import answer_of
from ingest.decoded import Decoded, Message
from ingest.decoding import Decoder
from ingest.remembering import Stored
from ingest.secret_files import reader
from ingest.sources import Sources
from sites.convert import sensor as sensor_of
from store.database import open_database
from store.device_clocks import CLOCKS
from store.state import load_codec_memory, load_entries

Doc = Mapping[str, Any]
Probe = tuple[str, str]


class Live:
    """The sources and sensors that messages are read with."""

    def __init__(self, sources: Sources, sensors: Mapping[Probe, Sensor], decoder: Callable[[], Decoder]) -> None:
        """Take a way to a new decoder: what one question makes it remember is not of the next."""
        self._sources = sources
        self._sensors = sensors
        self._decoder = decoder

    @classmethod
    def of_file(cls, path: Path) -> "Live":
        """Return those of a site file, with what the database knows of devices' clocks, if there is one.

        Raises Refused with every problem of the file.
        """
        entries = read(path)
        zone = next((entry.doc.get("timezone") for entry in entries if entry.kind == "site"), None)
        docs = ((entry.key, entry.doc) for entry in entries if entry.kind == "source")
        sources = Sources(docs, zone or "UTC", reader((path.parent, Path.cwd())))
        sensors = _sensors(entry.doc for entry in entries if entry.kind == "sensor")
        clocks = _clocks()
        return cls(sources, sensors, lambda: Decoder(sources, clocks))

    @classmethod
    def of_database(cls) -> "Live":
        """Return those of the live system, with what it remembers of devices."""
        settings = load_settings()
        database = bootstrap.migrated(settings)
        try:
            with database.read() as connection:
                sensors = _sensors(entry.doc for entry in load_entries(connection, "sensor"))
                memory = load_codec_memory(connection)
            sources = load_sources(database, reader(bootstrap.secret_folders(settings)))
            return cls(sources, sensors, lambda: Decoder(sources, memory, settings.max_payload_bytes))
        finally:
            database.close()

    def answer(self, message: Message, preceding: Sequence[Message] = ()) -> dict[str, Any]:
        """Return the answer of `decode`, with the source that it was read by, each reading's sensor of the site (None:
        it belongs to none) and what is remarked of the message. `preceding` were heard before it.

        Raises DecodeError for what becomes an unreadable message.
        """
        decoder = self._decoder()
        for each in preceding:
            before = decoder.decode([each])
            decoder.place(before)
            decoder.adopt(before)
        decoding = decoder.decode([message])
        decoder.place(decoding)
        [arrived] = decoding.arrived
        if arrived.error is not None:
            raise DecodeError(arrived.error)
        decoded = Decoded(arrived.readings, decoding.status, decoding.actions)
        answer: dict[str, Any] = dict(answer_of(decoded, message.received_at, self._sensors))
        for row in answer["readings"]:
            sensor = self._sensors.get((row["device"], row["sensor"] or ""))
            row["site_sensor"] = None if sensor is None else sensor.id
        answer["remarks"] = [{"kind": remark.kind.value, "text": remark.text} for remark in arrived.remarks]
        answer["source"] = self._source(message)
        return answer

    def _source(self, message: Message) -> dict[str, Any]:
        found = self._sources.find(message.topic, message.received_at)
        assert found is not None, "a message that was decoded has a source"
        source = found.source
        return {
            "topic": source.topic,
            "format": source.format,
            "mapping": dict(source.mapping),
            "timezone": source.timezone,
        }


def _clocks() -> Stored:
    """Return what is remembered of clocks; nothing where there is no database, or none that has anything yet."""
    database = open_database(load_settings().database_url)
    try:
        if database.is_sqlite and not Path(database.url.database or "").is_file():
            return {}
        with database.read() as connection:
            memory = load_codec_memory(connection)
        return {key: kept for key, kept in memory.items() if key[0].startswith(CLOCKS)}
    except (DBAPIError, UnavailableError):
        return {}  # the answer is that of the file alone
    finally:
        database.close()


def _sensors(docs: Iterable[Doc]) -> dict[Probe, Sensor]:
    sensors = (sensor_of(doc) for doc in docs)
    return {(sensor.device, sensor.probe or ""): sensor for sensor in sensors}
