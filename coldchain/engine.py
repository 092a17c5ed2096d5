"""What `coldchain ingest` runs: waits for the lead, then hears, judges and commits until told to stop."""

import gc
import logging
import threading
from collections.abc import Callable, Sequence
from typing import Self

from sqlalchemy import Connection, select

from domain.errors import UnavailableError
from ingest.backlog import REMEMBERED
from ingest.decoding import Decoder
from ingest.pipeline import STEP_S, Pipeline
from ingest.secret_files import ReadSecret, unread
from ingest.sources import Sources
from ingest.subscriber import Subscriber
from ledger.event_log import ENGINE
from ledger.inbox import Doorbell
from ledger.inputs import Arrived, Batch
from ledger.requests import PlaceAgain, written
from ledger.step import HOLD_OFF, SHELVE_AT_MOST
from ledger.writer import Options, Writer
from store import journal
from store.database import Database
from store.lock import Leader
from store.state import load_codec_memory, load_entries, submit_request
from store.tables import journal as journal_table

log = logging.getLogger(__name__)

KEEP_S = 2.0
STANDBY_S = 0.2
# Nobody waits for a step there, and one has a dozen questions to ask of the server.
POSTGRES_STEP_S = 0.2
# After so long a step takes no more requests: an alarm waits for its end.
ANSWERING_S = 0.05
# Rows of the journal that are looked at for messages that may come again; each has at least one.
ROWS_AT_MOST = 5000


class Leading:
    """The lead of this process. Losing it sets `stopping`: what this process remembers may be out of date."""

    def __init__(self, leader: Leader, stopping: threading.Event) -> None:
        self._leader = leader
        self._stopping = stopping
        self._ended = threading.Event()
        self._keeper = threading.Thread(target=self._keep, name="keeper of the lead", daemon=True)
        self.lost = False

    def confirm(self, connection: Connection) -> None:
        """Hold the term until the transaction ends. Raises UnavailableError if another process leads."""
        try:
            self._leader.confirm(connection)
        except UnavailableError:
            self.lost = True
            self._stopping.set()
            raise

    def __enter__(self) -> Self:
        """Keep the lock from now on: a database server that restarts has forgotten it."""
        self._keeper.start()
        return self

    def __exit__(self, *_: object) -> None:
        """Let another process lead."""
        self._ended.set()
        self._keeper.join()
        self._leader.resign()

    def _keep(self) -> None:
        while not self._ended.wait(KEEP_S):
            try:
                self._leader.keep()
            except UnavailableError as error:
                log.warning("cannot ask for the lead: %s", error)


def await_lead(leader: Leader, stopping: threading.Event) -> bool:
    """Wait until this process leads; return False if it was told to stop before."""
    if leader.try_lead():
        return True
    log.info("another process leads; waiting as standby")
    while not stopping.wait(STANDBY_S):
        try:
            if leader.try_lead():
                log.info("leading now")
                return True
        except UnavailableError as error:
            log.warning("cannot ask for the lead: %s", error)
    return False


def load_sources(database: Database, read_secret: ReadSecret = unread) -> Sources:
    """Return the sources as they are committed, with what their secret files hold now."""
    with database.read() as connection:
        zone = next((entry.doc.get("timezone") for entry in load_entries(connection, "site")), None)
        entries = [(entry.key, entry.doc) for entry in load_entries(connection, "source")]
    return Sources(entries, zone or "UTC", read_secret)


def recent_messages(connection: Connection) -> list[tuple[str, bytes]]:
    """Return topic and payload of the last committed messages: one whose acknowledgement was lost comes again."""
    newest = select(journal_table.c.id, journal_table.c.count).order_by(journal_table.c.id.desc()).limit(ROWS_AT_MOST)
    after = heard = 0
    for number, count in connection.execute(newest):
        after, heard = number - 1, heard + count
        if heard >= REMEMBERED:
            break
    rows = (entry for entry in journal.iterate(connection, after) if entry.kind == "messages")
    return [(record.topic, record.payload) for entry in rows for record in entry.records]


def decoder_again(
    database: Database, max_payload: int, read_secret: ReadSecret = unread
) -> Callable[[Sequence[Arrived]], Batch]:
    """Return what decodes dead letters again, with the sources as they are then and a memory of its own."""
    return lambda heard: Decoder(load_sources(database, read_secret), max_payload=max_payload).again(heard)


def place_again(database: Database, now: int) -> None:
    """Ask for readings whose time was uncertain to be placed: their source may say more by now."""
    with database.begin() as connection:
        submit_request(connection, ENGINE, written(PlaceAgain()), now)


def spare_the_collector() -> None:
    """Let the garbage collector look less often, and never again at what is remembered from now on.

    Every reading makes a few objects that are freed without it; looking after each 700 takes a quarter of the time.
    """
    gc.collect()
    gc.freeze()
    gc.set_threshold(50_000, 20, 50)


class Engine:
    """Subscriber, pipeline and writer of the process that leads."""

    def __init__(
        self,
        database: Database,
        leading: Leading,
        subscriber: Subscriber,
        clock: Callable[[], int],
        *,
        max_payload: int,
        ahead_at_most: int,
        broker_marks_repeats: bool,
        hold_off: int = HOLD_OFF,
        shelve_at_most: int = SHELVE_AT_MOST,
        four_eyes: bool = True,
        read_secret: ReadSecret = unread,
    ) -> None:
        with database.read() as connection:
            memory, recent = load_codec_memory(connection), recent_messages(connection)
        again = decoder_again(database, max_payload, read_secret)
        sources = load_sources(database, read_secret)
        self._read_secret = read_secret
        self._clock = clock
        self._subscriber = subscriber
        options = Options(
            ahead_at_most,
            hold_off=hold_off,
            shelve_at_most=shelve_at_most,
            answering_s=ANSWERING_S,
            four_eyes=four_eyes,
        )
        self._writer = Writer(database, leading, again, options, Doorbell(database))
        self._pipeline = Pipeline(
            subscriber,
            self._writer,
            Decoder(sources, memory, max_payload),
            clock,
            reload=lambda: self._load_again(database),
            recent=recent,
            broker_marks_repeats=broker_marks_repeats,
            step_s=STEP_S if database.is_sqlite else POSTGRES_STEP_S,
        )
        subscriber.listen_to(sources.topics)
        place_again(database, clock())

    def _load_again(self, database: Database) -> Sources:
        place_again(database, self._clock())
        return load_sources(database, self._read_secret)

    def run(self, stopping: threading.Event) -> None:
        """Hear until told to stop; what is committed by then is acknowledged."""
        self._writer.start(self._clock())
        spare_the_collector()
        self._subscriber.start()
        try:
            self._pipeline.run(stopping)
        finally:
            self._subscriber.stop()
