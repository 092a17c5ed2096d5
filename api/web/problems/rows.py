"""Problems as the pages tell of them: what it is, how bad, what is held, who was notified, what is to be done next."""

from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import select

from api.deps import View
from api.web.components.limits import version_in_force
from domain.model import BatchKey, Rule, Site
from domain.times import NEVER
from ledger.models.alert import Alert, FiredRule
from rules.series.bounds import Bound
from rules.subjects.whereabouts import UnitKey
from store.tables import excursions, exposures, holds, outbox

_ACTIONS = ("notify", "review", "hold")


@dataclass(frozen=True, slots=True)
class Notified:
    """A channel that was notified of a problem, or could not be."""

    channel: str
    at: int | None  # None: it was not reached


@dataclass(frozen=True, slots=True)
class ProblemRow:
    """An alert with what stands beside it in a list.

    `name`: of the place, for people; `bound`: what was broken, None where values are not compared; `required`: the rule
    in words; `topic`: what is wrong, see domain/topics.py; `held`: how many units are on hold now.
    """

    alert: Alert
    name: str
    bound: Bound | None
    required: str
    topic: str
    peak: int | None
    held: int
    notified: tuple[Notified, ...]
    rule: Rule | None = None  # that says most of it, where it is on record

    @property
    def units(self) -> int:
        """How many units went through it."""
        return len({lot.key for lot in self.alert.lots})

    @property
    def lots(self) -> tuple[BatchKey, ...]:
        """The batches that went through it."""
        return tuple(sorted({lot.key[:2] for lot in self.alert.lots}))

    @property
    def trend(self) -> tuple[str, int]:
        """The place, and by which trend it gets worse: +1 by warming, −1 by cooling, 0 by none."""
        alert = self.alert
        sign = {"high": 1, "low": -1}.get(alert.direction, 0) if alert.quantity == "temperature" else 0
        return alert.place, sign

    @property
    def is_red(self) -> bool:
        """Whether units are on hold or a limit is critical."""
        return self.held > 0 or self.alert.severity == "critical"

    @property
    def urgency(self) -> tuple[bool, bool, int]:
        """What problems are sorted by, the most urgent first."""
        return not self.is_red, not self.alert.is_new, self.alert.since

    @property
    def notified_at(self) -> int | None:
        """When the first channel was reached."""
        return min((each.at for each in self.notified if each.at is not None), default=None)


def read_problems(view: View, found: Sequence[Alert]) -> list[ProblemRow]:
    """Return alerts with what is read beside them."""
    peaks, notified, held = _peaks(view, found), _notified(view, found), _held(view, found)
    names = view.snapshot.called
    return [
        problem_row(
            view.snapshot.site,
            alert,
            name=names.get(alert.place) or alert.place if alert.is_measured else " ".join(alert.batch or ()),
            peak=peaks.get(alert.id),
            notified=notified.get(alert.id, ()),
            held=held,
        )
        for alert in found
    ]


def problem_row(
    site: Site, alert: Alert, *, name: str, peak: int | None, notified: Sequence[Notified], held: frozenset[UnitKey]
) -> ProblemRow:
    """Return one row. `held`: units on hold now. Pure."""
    rule = broken_rule(site, alert)
    return ProblemRow(
        alert=alert,
        name=name,
        bound=_bound(rule),
        required=rule.condition.describe() if rule and rule.kind not in ("limit", "silence") else "",
        topic=_topic(alert, rule),
        peak=peak,
        held=len({lot.key for lot in alert.lots if lot.hold is not None} & held),
        notified=tuple(notified),
        rule=rule,
    )


def _bound(rule: Rule | None) -> Bound | None:
    """Return the bound that values are compared with; of a mean there is none."""
    if rule is None or rule.condition.bounds is None or not rule.condition.exposes:
        return None
    first: Bound = rule.condition.bounds.bounds[0]
    return first


def _topic(alert: Alert, rule: Rule | None) -> str:
    """Return what is wrong: by the worst that fired, or, where that is not on record, by the rule that says most."""
    if alert.leading.kind or rule is None:
        return alert.topic
    return FiredRule(kind=rule.kind).topic(alert.quantity, alert.direction)


def broken_rule(site: Site, alert: Alert) -> Rule | None:
    """Return the rule that says most of a problem: the worst that fired, where it is on record.

    Else it is guessed: of the lots or the place, by action, the tightest limit.
    """
    worst = alert.worst
    for version in site.profiles.get(worst.profile or "", ()) if worst else ():
        if worst and version.version == worst.version:
            return next((rule for rule in version.rules if rule.id == worst.rule), None)
    rules = [rule for rule in _rules(site, alert) if rule.id in alert.rules and _fits(rule, alert)]
    return max(rules, key=_weight, default=None)


def _rules(site: Site, alert: Alert) -> Iterable[Rule]:
    at = alert.since
    place = site.locations.get(alert.place)
    profiles = {place.profile.at(at)} if place else set()
    for lot in alert.lots:
        product = site.products.get(lot.product)
        profiles.add(product.profile.at(at) if product else None)
    for profile in sorted(profile for profile in profiles if profile is not None):
        version = version_in_force(site, profile, at)
        yield from version.rules if version else ()


def _fits(rule: Rule, alert: Alert) -> bool:
    return (rule.condition.direction, rule.condition.quantity or "") == (alert.direction, alert.quantity)


def _weight(rule: Rule) -> tuple[bool, int]:
    return rule.kind == "limit", _ACTIONS.index(rule.action)


# --- what stands in other tables ----------------------------------------------------------------------------------


def _peaks(view: View, found: Sequence[Alert]) -> dict[int, int]:
    """Return the farthest value of each problem, from what its place and its lots went through."""
    measured = [alert for alert in found if alert.direction != "silent" and alert.is_measured]
    if not measured:
        return {}
    by_place = _intervals(view, excursions, "location", {alert.place for alert in measured})
    by_lot = _intervals(view, exposures, "lot", {lot.lot for alert in measured for lot in alert.lots})
    peaks = {}
    for alert in measured:
        units = {lot.key for lot in alert.lots}
        rows = by_place.get(alert.place, []) + [
            row
            for lot in {unit.lot for unit in units}
            for row in by_lot.get(lot, [])
            if UnitKey(row.product, row.lot, row.unit) in units
        ]
        values = [row.peak for row in rows if row.rule in alert.rules and _meets(row, alert)]
        if values:
            peaks[alert.id] = alert.farthest(values)
    return peaks


def _intervals(view: View, table: Any, column: str, wanted: set[str]) -> dict[str, list[Any]]:
    found = defaultdict(list)
    if wanted:
        in_force = table.c.superseded_at.is_(None) & table.c.peak.is_not(None)
        for row in view.connection.execute(select(table).where(table.c[column].in_(sorted(wanted)), in_force)):
            found[getattr(row, column)].append(row)
    return found


def _meets(row: Any, alert: Alert) -> bool:
    row_end, alert_end = (NEVER if until is None else until for until in (row.until, alert.until))
    return bool(row.since <= alert_end and alert.since <= row_end)


def _notified(view: View, found: Sequence[Alert]) -> dict[int, list[Notified]]:
    """Return which channels were notified that it was raised, first ones first, then those that failed."""
    numbers = [alert.id for alert in found]
    query = (
        select(outbox.c.alert, outbox.c.channel, outbox.c.state, outbox.c.done_at)
        .where(outbox.c.alert.in_(numbers), outbox.c.state.in_(("delivered", "failed")))
        .order_by(outbox.c.id)
    )
    channels: dict[int, dict[str, Notified]] = defaultdict(dict)
    for row in view.connection.execute(query):
        at = row.done_at if row.state == "delivered" else None
        known = channels[row.alert].get(row.channel)
        if known is None or known.at is None:
            channels[row.alert][row.channel] = Notified(row.channel, at)
    return {
        number: sorted(of_it.values(), key=lambda each: (each.at is None, each.at or 0, each.channel))
        for number, of_it in channels.items()
    }


def _held(view: View, found: Sequence[Alert]) -> frozenset[UnitKey]:
    numbers = [lot.hold for alert in found for lot in alert.lots if lot.hold is not None]
    query = select(holds.c.product, holds.c.lot, holds.c.unit).where(holds.c.id.in_(numbers), holds.c.state == "held")
    return frozenset(UnitKey(*row) for row in view.connection.execute(query)) if numbers else frozenset()
