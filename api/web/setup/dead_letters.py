"""Dead letters as a person may read them: a stranger's bytes as harmless text."""

from dataclasses import dataclass

from api.deps import View
from api.paging import Page, Paging
from api.reads.lists import Fields, equal, newest_first
from store.tables import dead_letters

SHOWN_AT_MOST = 300  # bytes


@dataclass(frozen=True, slots=True)
class DeadLetterRow:
    """One message that could not be decoded; `begins`: its first bytes, as text where it is text."""

    id: int
    topic: str
    reason: str
    received_at: int
    journal: int
    retained: bool
    size: int
    begins: str
    is_cut: bool


def letters(view: View, paging: Paging, state: str) -> Page[DeadLetterRow]:
    """Return a page of dead letters, newest first."""
    return newest_first(view, dead_letters, paging, equal(dead_letters, {"state": state}), lambda row: row, _letter)


def _letter(row: Fields) -> DeadLetterRow:
    plain = {name: row[name] for name in ("id", "topic", "reason", "received_at", "journal", "retained")}
    payload = row["payload"]
    return DeadLetterRow(**plain, size=len(payload), begins=readable(payload), is_cut=len(payload) > SHOWN_AT_MOST)


def readable(payload: bytes) -> str:
    """Return the beginning of a payload as text; what is no text, or not to be printed, as hexadecimal bytes."""
    begins = payload[:SHOWN_AT_MOST]
    try:
        words = begins.decode()
    except UnicodeDecodeError as error:
        if error.start < len(begins) - 3 or len(payload) <= SHOWN_AT_MOST:  # not merely cut within a sign
            return begins.hex(" ")
        words = begins[: error.start].decode()
    return words if all(sign.isprintable() or sign in "\n\t\r" for sign in words) else begins.hex(" ")
