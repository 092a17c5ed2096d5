"""How final something is, in a word and in a sentence that tells until when."""

from collections.abc import Sequence
from dataclasses import dataclass

from api.web.frame.formats import Clock
from api.web.frame.texts import text
from ledger.models import Finality, Hold, Interval
from rules.subjects.finality import FinalityStatus, Outstanding

_NAMED_AT_MOST = 3


@dataclass(frozen=True, slots=True)
class FinalityWords:
    """A word for a tag, and why it is that."""

    word: FinalityStatus
    why: str

    @property
    def in_words(self) -> str:
        """Return both, as a sentence without its full stop."""
        name = text(f"finality.{self.word}")
        return text("finality.explained", word=f"{name[:1].upper()}{name[1:]}", why=self.why)


def explained(finality: Finality, clock: Clock, *, goes_on: bool = False) -> FinalityWords:
    """Say how final something is; who may not know which data are outstanding is told that some are."""
    if finality.status != "provisional":
        return FinalityWords(finality.status, text(f"finality.why_{finality.status}"))
    if finality.outstanding:
        return FinalityWords("provisional", text("finality.why_outstanding", what=missing(finality.outstanding, clock)))
    return FinalityWords("provisional", text("finality.why_goes_on" if goes_on else "finality.why_something"))


def finality_words(statement: Interval | Hold, clock: Clock) -> FinalityWords:
    """Say how final an interval or a hold is; a hold is not in progress, its rule has triggered."""
    assert statement.finality is not None, "it is read with its finality"
    return explained(statement.finality, clock, goes_on=isinstance(statement, Interval) and statement.is_open)


def missing(outstanding: Sequence[Outstanding], clock: Clock) -> str:
    """Say which data are outstanding: the first few sensors, and how many more."""
    what = ", ".join(_of_sensor(each, clock) for each in outstanding[:_NAMED_AT_MOST])
    more = len(outstanding) - _NAMED_AT_MOST
    return what if more <= 0 else text("finality.others", what=what, count=more)


def _of_sensor(outstanding: Outstanding, clock: Clock) -> str:
    since = clock.time(outstanding.since)
    if outstanding.until is None:
        return text("finality.silent", sensor=outstanding.sensor, since=since)
    return text(
        "finality.hole", sensor=outstanding.sensor, since=since, until=clock.time(outstanding.until, outstanding.since)
    )
