"""Deriving all readings again from the journal, into a database of their own, to be compared with what is stored."""

import tempfile
from collections import Counter
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from itertools import islice
from pathlib import Path
from typing import Any

import msgspec
from sqlalchemy import Connection, select

from domain.readings import Reading
from ledger.clock_steps import mark_replayed
from ledger.histories import Histories
from ledger.inputs import Arrived, Decode
from ledger.readings.importing import IMPORT
from ledger.readings.intake import Gates, Intake
from ledger.requests import Redrive
from store import journal
from store.database import Database, open_database
from store.schema import make_current
from store.series import SeriesIds
from store.tables import dead_letters

_ROWS_AT_ONCE = 50  # of the journal, in one transaction


@dataclass(slots=True)
class Replayed:
    """A database with the readings that the journal gives."""

    database: Database
    undecodable: list[str] = field(default_factory=list)  # what was understood once and is not any more


@contextmanager
def replay(connection: Connection, decode: Decode, ahead_at_most: int) -> Iterator[Replayed]:
    """Replay the journal that `connection` sees. `decode` begins with nothing remembered.

    A message that is a dead letter says nothing where it stands; one driven again speaks where that was done.
    """
    with tempfile.TemporaryDirectory(prefix="coldchain-") as folder:
        database = open_database(f"sqlite:///{Path(folder) / 'replayed.db'}")
        try:
            make_current(database)
            replayed = Replayed(database)
            _Replay(connection, replayed, decode, ahead_at_most).run()
            yield replayed
        finally:
            database.close()


class _Replay:
    def __init__(self, source: Connection, replayed: Replayed, decode: Decode, ahead_at_most: int) -> None:
        self._source = source
        self._replayed = replayed
        self._decode = decode
        self._intake = Intake(SeriesIds(replayed.database), _hear_nothing, {}, _gates(source), ahead_at_most)
        self._letters = _letters(source)

    def run(self) -> None:
        entries = journal.iterate(self._source)
        while some := list(islice(entries, _ROWS_AT_ONCE)):
            with self._replayed.database.begin() as connection:
                for entry in some:
                    messages = self._messages(entry)
                    if messages:
                        self._intake.take(connection, messages, entry.id)
        with self._replayed.database.begin() as connection:
            mark_replayed(self._source, connection)

    def _messages(self, entry: journal.Entry) -> Sequence[Arrived]:
        if entry.kind == "messages":
            return self._decoded(arrived(record) for record in entry.records if not self._is_letter(entry.id, record))
        if entry.kind == "readings":
            said = [Reading(*record) for record in entry.records]
            return [Arrived(IMPORT, b"", False, entry.at, readings=said, believes_clock=True)]
        driven = [number for record in entry.records for number in _driven_again(record)]
        rows = self._source.execute(
            select(dead_letters).where(dead_letters.c.id.in_(driven)).order_by(dead_letters.c.id)
        )
        return self._decoded(Arrived(row.topic, row.payload, row.retained, row.received_at) for row in rows)

    def _is_letter(self, number: int, record: journal.Record) -> bool:
        """Tell whether the message became a dead letter; each letter stands for one message."""
        key = (number, record.topic, record.payload)
        if not self._letters[key]:
            return False
        self._letters[key] -= 1
        return True

    def _decoded(self, heard: Iterator[Arrived]) -> Sequence[Arrived]:
        messages = list(heard)
        decoded = self._decode(messages).messages if messages else []
        for message in decoded:
            if message.error is not None:
                self._replayed.undecodable.append(f"{message.topic}: {message.error}")
        return decoded


def _gates(connection: Connection) -> Gates:
    """Return what the sensors of the site can say."""
    return Histories.load(connection).gates


def _hear_nothing(_sensor: str, _quantity: str, _measured_at: int, _value: int | None) -> None:
    return None


def arrived(record: journal.Record) -> Arrived:
    """Return a message as it came."""
    return Arrived(
        record.topic,
        record.payload,
        record.retained,
        record.received_at,
        record.source,
        backlog=record.backlog,
        user_properties=record.user_properties,
    )


def _letters(connection: Connection) -> Counter[tuple[int, str, bytes]]:
    rows = connection.execute(select(dead_letters.c.journal, dead_letters.c.topic, dead_letters.c.payload))
    return Counter((number, topic, bytes(payload)) for number, topic, payload in rows)


def _driven_again(record: Any) -> Sequence[int]:
    """Return the dead letters that a correction drove again."""
    request = record["request"]
    if request.get("do") != "redrive":
        return ()
    return msgspec.convert(request, Redrive).letters or ()
