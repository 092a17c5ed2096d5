"""A site file on its way into the database."""

import logging
import re
import threading
from collections.abc import Iterable, Sequence
from pathlib import Path

from domain.errors import ColdchainError, InvalidError, Refused, UnavailableError
from ingest.sources import check
from ledger.inbox import is_running, submit
from ledger.requests import Apply, Item
from sites.entries import Wrong
from sites.file import load_file
from sites.schema import Entry
from sites.tree import Node, compose
from store.database import Database, open_database

log = logging.getLogger(__name__)

POLL_S = 0.1
_PLACE = re.compile(r"(\w+)\[(\d+)\]")  # `profiles[0]`
# The engine may have a large file to judge history by.
PATIENCE_S = 600.0


def read(path: Path) -> Sequence[Entry]:
    """Read a site file, its sources checked by their formats. Raises Refused with every problem."""
    return load_file(path, _unusable_source)


def located(path: Path, error: ColdchainError) -> ColdchainError:
    """Name the file, and the line of the entry, in what the engine refused: it knows entries, not files."""
    if not isinstance(error, Refused):
        return error
    root, _ = compose(path.read_text(encoding="utf-8-sig"))
    return Refused([f"{path.name}{_line_of(root, problem)} {problem}" for problem in error.problems])


def _line_of(root: Node, problem: str) -> str:
    place = _PLACE.match(problem)
    return f":{root.find((place[1], int(place[2])))[1].line}" if place else ""


def apply_when_running(database_url: str, entries: Sequence[Entry], stopping: threading.Event) -> None:
    """Ask the engine to bring the site to this, as soon as it runs. Raises what it refuses it with."""
    request = Apply(entries=[Item(entry.kind, entry.doc) for entry in entries])
    database = open_database(database_url)
    try:
        while not stopping.wait(POLL_S):
            if is_running(database) and (answer := _asked(database, request)) is not None:
                log.info("site file applied: %s", ", ".join(f"{len(answer[name])} {_word(name)}" for name in answer))
                return
    finally:
        database.close()


def _asked(database: Database, request: Apply) -> dict[str, list[str]] | None:
    try:
        answer: dict[str, list[str]] = submit(database, "site file", request, PATIENCE_S)
    except UnavailableError as error:  # it is gone again; nothing was done
        log.warning("the site file waits: %s", error)
        return None
    return answer


def _word(name: str) -> str:
    return name.replace("_", " ")


def _unusable_source(entry: Entry) -> Iterable[Wrong]:
    if entry.kind == "source":
        try:
            check(entry.doc)
        except InvalidError as error:
            yield Wrong((), str(error))
