"""Which intervals in force a new judgement adds, revises, lets grow or ends. Pure."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field

from domain.times import NEVER
from rules.judgement import Exposure

Key = tuple[str, int]  # rule, since


@dataclass(slots=True)
class Stored:
    """The row in force of an interval: its id through all revisions, and what it says."""

    id: int
    revision: int
    exposure: Exposure


@dataclass(slots=True)
class IntervalChanges:
    """What must be written so that the rows in force agree with the new judgement."""

    added: list[Exposure] = field(default_factory=list)
    revised: list[tuple[Stored, Exposure]] = field(default_factory=list)
    grown: list[tuple[Stored, Exposure]] = field(default_factory=list)  # going on, with other numbers only
    gone: list[Stored] = field(default_factory=list)

    @property
    def is_significant(self) -> bool:
        """Tell whether anything but numbers of open intervals changed."""
        return bool(self.added or self.revised or self.gone)


def compare(stored: Mapping[Key, Stored], now: Iterable[Exposure]) -> IntervalChanges:
    """Compare the rows in force of one subject with its judgement.

    An interval that starts elsewhere than before keeps the id of the one it overlaps.
    """
    changes = IntervalChanges()
    fresh: list[Exposure] = []
    left = dict(stored)
    for exposure in now:
        same = left.pop((exposure.rule, exposure.since), None)
        if same is None:
            fresh.append(exposure)
        elif same.exposure != exposure:
            kind = changes.grown if merely_grew(same.exposure, exposure) else changes.revised
            kind.append((same, exposure))
    rest = sorted(left.values(), key=lambda row: (row.exposure.since, row.id))
    for exposure in fresh:
        moved = next((row for row in rest if _overlap(row.exposure, exposure)), None)
        if moved is None:
            changes.added.append(exposure)
        else:
            rest.remove(moved)
            changes.revised.append((moved, exposure))
    changes.gone = rest
    return changes


def merely_grew(before: Exposure, after: Exposure) -> bool:
    """Tell whether an interval goes on as before and only its numbers differ."""
    known = (before.rule, before.since, before.until, before.fired_at)
    return before.until is None and known == (after.rule, after.since, after.until, after.fired_at)


def _overlap(left: Exposure, right: Exposure) -> bool:
    return left.rule == right.rule and left.since <= _end(right) and right.since <= _end(left)


def _end(exposure: Exposure) -> int:
    return NEVER if exposure.until is None else exposure.until
