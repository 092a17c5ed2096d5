"""What a change would make of each unit and place, as rows of the preview. Pure."""

from collections import Counter, defaultdict
from collections.abc import Sequence
from dataclasses import dataclass

from ledger.backtest.judging import Compared
from ledger.backtest.outcome import paired
from ledger.backtest.sides import Outcome
from rules.judgement import Exposure, Firing
from rules.subjects.whereabouts import LocationKey, UnitKey


@dataclass(frozen=True, slots=True)
class Excursions:
    """Time outside by a rule, in minutes and intervals, before and after."""

    rule: str
    minutes: tuple[float, float]
    count: tuple[int, int]


@dataclass(frozen=True, slots=True)
class EffectRow:
    """One unit or place: its verdict, the alarms that would come and go, and its time outside."""

    key: UnitKey | LocationKey
    verdict: tuple[str, str]
    new: Sequence[Firing]
    gone: Sequence[Firing]
    moved: Sequence[tuple[Firing, Firing]]  # the same alarm at another time, or with another action
    excursions: Sequence[Excursions]

    @property
    def place(self) -> str | None:
        """The place that it is; None: it is a unit."""
        return self.key.location if isinstance(self.key, LocationKey) else None

    @property
    def is_changed(self) -> bool:
        """Tell whether anything would be different."""
        return bool(self.verdict[0] != self.verdict[1] or self.new or self.gone or self.moved or self.excursions)


def effect_of(compared: Compared) -> EffectRow:
    """Return the row of a subject."""
    before, after = compared.before, compared.after
    pairs = paired(before.firings, after.firings)
    moved = [(old, new) for old, new in pairs.both if (old.at, old.action) != (new.at, new.action)]
    verdict = (before.verdict, after.verdict)
    return EffectRow(compared.key, verdict, pairs.only_after, pairs.only_before, moved, _excursions(before, after))


def _excursions(before: Outcome, after: Outcome) -> list[Excursions]:
    if before.exposures == after.exposures:
        return []
    old, new = _by_rule(before.exposures), _by_rule(after.exposures)
    counts = [Counter(each.rule for each in outcome.exposures) for outcome in (before, after)]
    return [
        Excursions(rule, (old[rule], new[rule]), (counts[0][rule], counts[1][rule]))
        for rule in sorted({*old, *new})
        if (old[rule], counts[0][rule]) != (new[rule], counts[1][rule])
    ]


def _by_rule(exposures: Sequence[Exposure]) -> dict[str, float]:
    minutes: dict[str, float] = defaultdict(float)
    for each in exposures:
        minutes[each.rule] += each.minutes
    return minutes
