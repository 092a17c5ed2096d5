"""How settled something is, in a word and in a sentence that tells until when."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from api.reads.finality import Settled
from api.web.frame.formats import Clock
from api.web.frame.texts import text
from rules.subjects.finality import Finality, Outstanding

_NAMED_AT_MOST = 3


@dataclass(frozen=True, slots=True)
class Worded:
    """A word for a tag, and why it is that."""

    word: Finality
    why: str

    @property
    def said(self) -> str:
        """Return both, as a sentence without its full stop."""
        name = text(f"standing.{self.word}")
        return text("standing.because", word=f"{name[:1].upper()}{name[1:]}", why=self.why)


def worded(settled: Settled, clock: Clock, *, goes_on: bool = False) -> Worded:
    """Say how settled something is; who may not know what is owed is told that something is."""
    if settled.standing != "provisional":
        return Worded(settled.standing, text(f"standing.why_{settled.standing}"))
    if settled.owed:
        return Worded("provisional", text("standing.why_owed", what=_missing(settled.owed, clock)))
    return Worded("provisional", text("standing.why_goes_on" if goes_on else "standing.why_something"))


def of_row(row: Mapping[str, Any], clock: Clock) -> Worded:
    """Say how settled a row is that `Standings.mark` has marked; a hold does not go on, its reason has fired."""
    settled = Settled(row["standing"], [Outstanding(**each) for each in row["owed"] or ()])
    return worded(settled, clock, goes_on="why" not in row and row["until"] is None)


def _missing(owed: Sequence[Outstanding], clock: Clock) -> str:
    what = ", ".join(_of_sensor(each, clock) for each in owed[:_NAMED_AT_MOST])
    more = len(owed) - _NAMED_AT_MOST
    return what if more <= 0 else text("standing.others", what=what, count=more)


def _of_sensor(owed: Outstanding, clock: Clock) -> str:
    since = clock.time(owed.since)
    if owed.until is None:
        return text("standing.silent", sensor=owed.sensor, since=since)
    return text("standing.hole", sensor=owed.sensor, since=since, until=clock.time(owed.until))
