"""Problems as the pages tell of them: what it is, how bad, what is held, who was told, what is to be done next."""

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Literal

from sqlalchemy import select

from api.deps import View
from api.web.components.limits import version_in_force
from domain.model import Rule, Site
from domain.times import NEVER
from domain.topics import topic_of
from rules.alarms import lifecycle
from rules.series.bounds import Bound
from rules.subjects.whereabouts import UnitKey
from store import state
from store.tables import excursions, exposures, holds, outbox

Fields = Mapping[str, Any]
State = Literal["new", "acknowledged", "ended", "unfounded"]
_ACTIONS = ("notify", "review", "hold")


@dataclass(frozen=True, slots=True)
class Told:
    """A channel that was told of a problem, or could not be."""

    channel: str
    at: int | None  # None: it was not reached


@dataclass(frozen=True, slots=True)
class ProblemRow:
    """One problem. `bound`: what was broken, None where values are not compared; `required`: the rule in words."""

    id: int
    place: str
    name: str
    quantity: str
    direction: str
    severity: str
    since: int
    until: int | None
    state: State
    bound: Bound | None
    required: str
    topic: str  # what is wrong, see domain/topics.py
    rules: tuple[str, ...]
    peak: int | None
    lots: tuple[tuple[str, str], ...]
    units: int
    held: int
    told: tuple[Told, ...]
    raised_at: int
    acknowledged_by: str | None
    acknowledged_at: int | None
    alarm: lifecycle.State  # as the standards name it
    suppressed: Fields | None  # why nobody is told
    clearing: Fields | None  # since when it is over, and until when it must stay so
    out_of_reach: tuple[str, str] | None = None  # the batch that it is told of alone, as it came too late to hold it

    @property
    def is_open(self) -> bool:
        """Tell whether it goes on, or waits for somebody to say that he knows of stock out of reach."""
        waits = self.out_of_reach is not None and self.acknowledged_at is None
        return self.state != "unfounded" and (self.until is None or waits)

    @property
    def trend(self) -> tuple[str, int]:
        """Return the place, and by which trend it gets worse: +1 by warming, −1 by cooling, 0 by none."""
        sign = {"high": 1, "low": -1}.get(self.direction, 0) if self.quantity == "temperature" else 0
        return self.place, sign

    @property
    def is_new(self) -> bool:
        """Tell whether somebody is still to say that he knows of it."""
        return self.alarm in ("UNACK", "RTNUN")

    @property
    def over_since(self) -> int | None:
        """Return since when nothing of it goes on, whatever was told."""
        return over_since({"until": self.until, "clearing": self.clearing})

    @property
    def is_red(self) -> bool:
        """Tell whether goods are held or a limit is critical."""
        return self.held > 0 or self.severity == "critical"

    @property
    def urgency(self) -> tuple[bool, bool, int]:
        """Return what problems are sorted by, the most urgent first."""
        return not self.is_red, not self.is_new, self.since

    @property
    def told_at(self) -> int | None:
        """Return when the first channel was reached."""
        return min((told.at for told in self.told if told.at is not None), default=None)


def read_problems(view: View, found: Sequence[Fields]) -> list[ProblemRow]:
    """Return rows of alerts with all that is told beside them."""
    peaks, told, held = _peaks(view, found), _told(view, found), _held(view, found)
    docs = state.load_entries(view.connection, "location")
    names: dict[str, str] = {entry.doc["id"]: entry.doc.get("name") or entry.doc["id"] for entry in docs}
    return [
        problem_row(
            view.snapshot.site,
            alert,
            name=names.get(alert["place"]) or alert["place"],
            peak=peaks.get(alert["id"]),
            told=told.get(alert["id"], ()),
            held=held,
        )
        for alert in found
    ]


def problem_row(
    site: Site, alert: Fields, *, name: str, peak: int | None, told: Sequence[Told], held: frozenset[UnitKey]
) -> ProblemRow:
    """Return one row. `held`: units on hold now. Pure."""
    rule = broken_rule(site, alert)
    units = {UnitKey(lot["product"], lot["lot"], lot.get("unit")) for lot in alert["lots"]}
    holding = {
        UnitKey(lot["product"], lot["lot"], lot.get("unit")) for lot in alert["lots"] if lot.get("hold") is not None
    }
    return ProblemRow(
        id=alert["id"],
        place=alert["place"],
        name=name,
        quantity=alert["quantity"],
        direction=alert["direction"],
        severity=alert["severity"],
        since=alert["since"],
        until=alert["until"],
        state=state_of(alert),
        bound=_bound(rule),
        required=rule.condition.describe() if rule and rule.kind not in ("limit", "silence") else "",
        topic=_topic(alert, rule),
        rules=tuple(alert["rules"]),
        peak=peak,
        lots=tuple(sorted({unit[:2] for unit in units})),
        units=len(units),
        held=len(holding & held),
        told=tuple(told),
        raised_at=alert["raised_at"],
        acknowledged_by=alert["acknowledged_by"],
        acknowledged_at=alert["acknowledged_at"],
        alarm=lifecycle.state_on_record(alert),
        suppressed=alert["suppressed"],
        clearing=alert["clearing"],
        out_of_reach=(alert["product"], alert["lot"]) if alert.get("lot") else None,
    )


def _bound(rule: Rule | None) -> Bound | None:
    """Return the bound that values are compared with; of a mean there is none."""
    if rule is None or rule.condition.bounds is None or not rule.condition.exposes:
        return None
    first: Bound = rule.condition.bounds.bounds[0]
    return first


def state_of(alert: Fields) -> State:
    """Return the state of a problem in a word."""
    if not alert["founded"]:
        return "unfounded"
    if alert["until"] is not None and not alert.get("lot"):
        return "ended"
    return "new" if alert["acknowledged_at"] is None else "acknowledged"


def _topic(alert: Fields, rule: Rule | None) -> str:
    """Return what is wrong: by the worst that fired, or, where that is not on record, by the rule that says most."""
    fired = alert.get("worst") or {}
    known = fired if fired.get("kind") else {"kind": rule.kind if rule else None}
    return topic_of(known, alert["quantity"], alert["direction"])


def over_since(alert: Fields) -> int | None:
    """Return since when nothing of a problem goes on: an off-delay keeps it open for longer."""
    over: int | None = alert["clearing"]["since"] if alert["clearing"] else alert["until"]
    return over


def broken_rule(site: Site, alert: Fields) -> Rule | None:
    """Return the rule that says most of a problem: the worst that fired, where it is on record.

    Else it is guessed: of the lots or the place, by action, the tightest limit.
    """
    fired = alert.get("worst") or {}
    for version in site.profiles.get(fired.get("profile") or "", ()):
        if version.version == fired["version"]:
            return next((rule for rule in version.rules if rule.id == fired["rule"]), None)
    rules = [rule for rule in _rules(site, alert) if rule.id in alert["rules"] and _fits(rule, alert)]
    return max(rules, key=_weight, default=None)


def _rules(site: Site, alert: Fields) -> Iterable[Rule]:
    at = alert["since"]
    place = site.locations.get(alert["place"])
    profiles = {place.profile.at(at)} if place else set()
    for lot in alert["lots"]:
        product = site.products.get(lot["product"])
        profiles.add(product.profile.at(at) if product else None)
    for profile in sorted(profile for profile in profiles if profile is not None):
        version = version_in_force(site, profile, at)
        yield from version.rules if version else ()


def _fits(rule: Rule, alert: Fields) -> bool:
    return (rule.condition.direction, rule.condition.quantity or "") == (alert["direction"], alert["quantity"])


def _weight(rule: Rule) -> tuple[bool, int]:
    return rule.kind == "limit", _ACTIONS.index(rule.action)


# --- what stands in other tables ----------------------------------------------------------------------------------


def _peaks(view: View, found: Sequence[Fields]) -> dict[int, int]:
    """Return the farthest value of each problem, from what its place and its lots went through."""
    measured = [alert for alert in found if alert["direction"] != "silent"]
    if not measured:
        return {}
    by_place = _intervals(view, excursions, "location", {alert["place"] for alert in measured})
    by_lot = _intervals(view, exposures, "lot", {lot["lot"] for alert in measured for lot in alert["lots"]})
    peaks = {}
    for alert in measured:
        units = {UnitKey(lot["product"], lot["lot"], lot.get("unit")) for lot in alert["lots"]}
        rows = by_place.get(alert["place"], []) + [
            row
            for lot in {unit.lot for unit in units}
            for row in by_lot.get(lot, [])
            if UnitKey(row.product, row.lot, row.unit) in units
        ]
        values = [row.peak for row in rows if row.rule in alert["rules"] and _meets(row, alert)]
        if values:
            peaks[alert["id"]] = min(values) if alert["direction"] == "low" else max(values)
    return peaks


def _intervals(view: View, table: Any, column: str, wanted: set[str]) -> dict[str, list[Any]]:
    found = defaultdict(list)
    if wanted:
        in_force = table.c.superseded_at.is_(None) & table.c.peak.is_not(None)
        for row in view.connection.execute(select(table).where(table.c[column].in_(sorted(wanted)), in_force)):
            found[getattr(row, column)].append(row)
    return found


def _meets(row: Any, alert: Fields) -> bool:
    row_end, alert_end = (NEVER if until is None else until for until in (row.until, alert["until"]))
    return bool(row.since <= alert_end and alert["since"] <= row_end)


def _told(view: View, found: Sequence[Fields]) -> dict[int, list[Told]]:
    """Return which channels were told that it was raised, first ones first, then those that failed."""
    numbers = [alert["id"] for alert in found]
    query = (
        select(outbox.c.alert, outbox.c.channel, outbox.c.state, outbox.c.done_at)
        .where(outbox.c.alert.in_(numbers), outbox.c.state.in_(("delivered", "failed")))
        .order_by(outbox.c.id)
    )
    channels: dict[int, dict[str, Told]] = defaultdict(dict)
    for row in view.connection.execute(query):
        at = row.done_at if row.state == "delivered" else None
        known = channels[row.alert].get(row.channel)
        if known is None or known.at is None:
            channels[row.alert][row.channel] = Told(row.channel, at)
    return {
        number: sorted(told.values(), key=lambda each: (each.at is None, each.at or 0, each.channel))
        for number, told in channels.items()
    }


def _held(view: View, found: Sequence[Fields]) -> frozenset[UnitKey]:
    numbers = [lot["hold"] for alert in found for lot in alert["lots"] if lot.get("hold") is not None]
    query = select(holds.c.product, holds.c.lot, holds.c.unit).where(holds.c.id.in_(numbers), holds.c.state == "held")
    return frozenset(UnitKey(*row) for row in view.connection.execute(query)) if numbers else frozenset()
