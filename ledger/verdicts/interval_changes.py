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


@dataclass(slots=True)
class Differences:
    """How intervals are otherwise than before: alike for all subjects of which the same was said, and is said now."""

    added: list[Exposure] = field(default_factory=list)
    revised: list[tuple[Exposure, Exposure]] = field(default_factory=list)
    grown: list[tuple[Exposure, Exposure]] = field(default_factory=list)  # going on, with other numbers only
    gone: list[Exposure] = field(default_factory=list)

    def of(self, stored: Mapping[Key, Stored]) -> IntervalChanges:
        """Return what must be written of one subject, of which these rows are in force."""
        return IntervalChanges(
            self.added,
            [(stored[before.rule, before.since], now) for before, now in self.revised],
            [(stored[before.rule, before.since], now) for before, now in self.grown],
            [stored[each.rule, each.since] for each in self.gone],
        )


def differences(before: Iterable[Exposure], now: Iterable[Exposure]) -> Differences:
    """Compare what is said of a subject with what was.

    An interval that begins elsewhere than before is the one it overlaps.
    """
    found = Differences()
    fresh: list[Exposure] = []
    left = {(exposure.rule, exposure.since): exposure for exposure in before}
    for exposure in now:
        same = left.pop((exposure.rule, exposure.since), None)
        if same is None:
            fresh.append(exposure)
        elif same != exposure:
            (found.grown if merely_grew(same, exposure) else found.revised).append((same, exposure))
    rest = sorted(left.values(), key=lambda each: (each.since, each.rule))
    for exposure in fresh:
        moved = next((each for each in rest if _overlap(each, exposure)), None)
        if moved is None:
            found.added.append(exposure)
        else:
            rest.remove(moved)
            found.revised.append((moved, exposure))
    found.gone = rest
    return found


def merely_grew(before: Exposure, after: Exposure) -> bool:
    """Tell whether an interval goes on as before and only its numbers differ."""
    known = (before.rule, before.since, before.until, before.fired_at)
    return before.until is None and known == (after.rule, after.since, after.until, after.fired_at)


def _overlap(left: Exposure, right: Exposure) -> bool:
    return left.rule == right.rule and left.since <= _end(right) and right.since <= _end(left)


def _end(exposure: Exposure) -> int:
    return NEVER if exposure.until is None else exposure.until
