"""What differed between the rows in force and a judgement from scratch, in words."""

from collections.abc import Iterator, Sequence
from typing import Any

from domain.times import format_instant
from ledger.verdicts.verdicts import Revision
from rules.alarms.problems import Subject
from rules.judgement import Exposure, Firing

KEPT_AT_MOST = 200


def describe(revision: Revision) -> Iterator[str]:
    """Yield a line for everything that was stored otherwise."""
    name = _name(revision.subject)
    changes = revision.changes
    for exposure in changes.added:
        yield f"{name}: was missing: {_interval(exposure)}"
    for stored, exposure in changes.revised:
        yield f"{name}: was {_interval(stored.exposure)}, is {_interval(exposure)}"
    for stored in changes.gone:
        yield f"{name}: was {_interval(stored.exposure)}, and is not"
    before, after = ({_fired(firing) for firing in firings} for firings in (revision.before, revision.after))
    for fired in sorted(before - after):
        yield f"{name}: was fired: {fired}, and is not"
    for fired in sorted(after - before):
        yield f"{name}: was missing: fired: {fired}"
    if before == after and not changes.is_significant:
        yield f"{name}: fired for other reasons"


def _name(subject: Subject) -> str:
    return " ".join(part for part in subject if part is not None)


def _interval(exposure: Exposure) -> str:
    until = "now" if exposure.until is None else format_instant(exposure.until)
    fired = "" if exposure.fired_at is None else f", fired {format_instant(exposure.fired_at)}"
    span = f"{exposure.rule} {format_instant(exposure.since)} to {until}"
    return f"{span} ({exposure.minutes:g} min, {exposure.degree_minutes:g} degree-minutes{fired})"


def _fired(firing: Firing) -> str:
    return f"{firing.rule} at {format_instant(firing.at)} ({firing.action})"


def recorded(lines: Sequence[str]) -> dict[str, Any]:
    """Return what the audit trail keeps of what differed and was written anew: how much, and the first of it."""
    return {"differed": len(lines), "lines": list(lines[:KEPT_AT_MOST])}
