"""An alert (on pages: a problem) as it is read by the API, the pages, mails and exports.

Times are UTC microseconds, values scaled integers (10⁻⁶), until somebody prints them.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Literal, NamedTuple

from domain.intervals import total
from domain.model import Severity
from domain.numbers import show_minutes
from domain.times import NEVER
from domain.topics import topic_of, what_is_wrong, whole
from ledger.models.hold import Status as HoldState
from rules.alarms import lifecycle
from rules.alarms.out_of_reach import Out
from rules.alarms.problems import EXPIRY, STOCK, Clearing, NoData
from rules.messages.verdict import missing_hours
from rules.subjects.whereabouts import UnitKey

Condition = Literal["ongoing", "no_data", "clearing", "over"]
Status = Literal["new", "acknowledged", "ended", "unfounded"]


@dataclass(frozen=True, slots=True, kw_only=True)
class FiredRule:
    """A rule that fired: its limit, by how much it was broken, and why. None: an older version did not record it.

    `phrase`: why in words, without for whom it fired and where; `places`: where the sensors that spoke are installed.
    """

    limit: str | None = None
    minutes: float | None = None
    peak: int | None = None
    at: int | None = None
    kind: str | None = None
    profile: str | None = None
    version: int | None = None
    places: tuple[str, ...] = ()
    phrase: str | None = None
    why: Mapping[str, Any] | None = None  # the phrase as structure, by kind of rule

    def topic(self, quantity: str, direction: str) -> str:
        """Return the key of what is wrong, e.g. `rate_temperature_high`."""
        return topic_of({"kind": self.kind, "why": self.why}, quantity, direction)

    def what_is_wrong(self, quantity: str, direction: str) -> str:
        """Return it in words that go with a place: `too warm`."""
        return what_is_wrong({"kind": self.kind, "why": self.why}, quantity, direction)


@dataclass(frozen=True, slots=True, kw_only=True)
class AlertLot(FiredRule):
    """A unit that went through a problem, with the worst that fired for it and what became of its hold."""

    product: str
    lot: str
    unit: str | None
    client: str | None
    hold: int | None
    state: HoldState | None
    disposed_by: str | None
    rules: tuple[str, ...]
    since: int
    until: int | None
    out: Out | None = None  # since when it is out of reach; None: it can be held

    @property
    def key(self) -> UnitKey:
        """Which unit it is."""
        return UnitKey(self.product, self.lot, self.unit)

    @property
    def span(self) -> tuple[int, int]:
        """Its start and end, NEVER while it is ongoing."""
        return self.since, NEVER if self.until is None else self.until

    @property
    def name(self) -> str:
        """The unit in words, e.g. `VAX A1 PALLET-7`."""
        return " ".join(part for part in self.key if part)

    @property
    def sentence(self) -> str | None:
        """Why it fired in words, with the unit, and where."""
        return self.phrase and whole(self.phrase, {"product": self.product, "unit": self.unit}, self.places)


class Without(NamedTuple):
    """A time without data, or in which nothing is known to have been outside."""

    since: int
    until: int


@dataclass(frozen=True, slots=True)
class Missing:
    """What is not known of a unit's time in storage, as of `at`: so much that its verdict is `unknown`.

    Lengths in microseconds; `gaps` are the longest of so many times without data.
    """

    unknown: int
    watched: int
    gaps: tuple[Without, ...]
    count: int
    at: int

    @property
    def unknown_minutes(self) -> float:
        """How long is not known."""
        return show_minutes(self.unknown)

    @property
    def watched_minutes(self) -> float:
        """How long the unit has been in storage."""
        return show_minutes(self.watched)

    @property
    def sentence(self) -> str:
        """Which hours are missing, in words."""
        return missing_hours(self.unknown, self.watched, self.gaps, self.count)


@dataclass(frozen=True, slots=True, kw_only=True)
class UnknownLot:
    """A unit of which nothing is known from `since` on: its place says nothing; `until` None: it still is so.

    `missing`: which hours, where its verdict is `unknown` for them; as of when it began, then of when it was over.
    """

    product: str
    lot: str
    unit: str | None
    client: str | None
    since: int
    until: int | None
    missing: Missing | None = None

    @property
    def key(self) -> UnitKey:
        """Which unit it is."""
        return UnitKey(self.product, self.lot, self.unit)

    @property
    def name(self) -> str:
        """The unit in words, e.g. `VAX A1 PALLET-7`."""
        return " ".join(part for part in self.key if part)


@dataclass(frozen=True, slots=True, kw_only=True)
class WorstRule(FiredRule):
    """The worst rule of all that fired, for a unit or for a location."""

    rule: str
    product: str | None = None
    lot: str | None = None
    unit: str | None = None
    location: str | None = None

    @property
    def sentence(self) -> str | None:
        """Why it fired in words, with for whom, and where."""
        return self.phrase and whole(self.phrase, {"product": self.product, "unit": self.unit}, self.places)


@dataclass(frozen=True, slots=True)
class Suppression:
    """Why nobody is notified of a problem, or was not when it ended."""

    state: lifecycle.Suppressed
    until: int
    reason: str


@dataclass(frozen=True, slots=True)
class Alert:
    """What people are told of a problem. `recipient`: the client it is filtered for; None: staff, who read all of it.

    `place` "": not for the recipient to know. `product` and `lot` name the batch where it is of stock out of reach, ""
    otherwise. `gone`: units that were part of it until data were corrected. `no_data`: it goes on, or went on, because
    data ended before a value in range; `unknown`: the stock of which nothing is known while its place says nothing.
    `pauses`: when nothing of it is known to have been outside, though it was not over.
    """

    id: int
    place: str
    quantity: str
    direction: str
    since: int
    until: int | None
    severity: Severity
    rules: tuple[str, ...]
    lots: tuple[AlertLot, ...]
    gone: tuple[AlertLot, ...]
    sentence: str
    founded: bool
    revision: int
    raised_at: int
    ended_at: int | None
    acknowledged_by: str | None = None
    acknowledged_at: int | None = None
    comment: str | None = None
    worst: WorstRule | None = None
    suppressed: Suppression | None = None
    clearing: Clearing | None = None
    no_data: NoData | None = None
    unknown: tuple[UnknownLot, ...] = ()
    pauses: tuple[Without, ...] = ()
    told_at: int | None = None
    product: str = ""
    lot: str = ""
    because: Mapping[str, Any] | None = None  # why it became known, of stock out of reach
    recipient: str | None = None

    @property
    def batch(self) -> tuple[str, str] | None:
        """The batch that it is of alone: out of reach, about to expire, or used as it should not be."""
        return (self.product, self.lot) if self.lot else None

    @property
    def kind(self) -> Literal["problem", "out_of_reach", "expiry", "stock"]:
        """Whether it is of a place, of stock out of reach or that expires, or of what was done with stock."""
        if self.direction == EXPIRY:
            return "expiry"
        if self.direction == STOCK:
            return "stock"
        return "out_of_reach" if self.lot else "problem"

    @property
    def is_measured(self) -> bool:
        """Whether it rests on conditions, not on a date or on what was done."""
        return self.kind in ("problem", "out_of_reach")

    @property
    def status(self) -> Status:
        """Where it is, in a word; what is of one batch alone does not end."""
        if not self.founded:
            return "unfounded"
        if self.until is not None and not self.lot:
            return "ended"
        return "new" if self.acknowledged_at is None else "acknowledged"

    @property
    def is_open(self) -> bool:
        """Whether it is ongoing, or, of one batch alone, waits for somebody to acknowledge it."""
        return self.founded and (self.until is None or (bool(self.lot) and self.acknowledged_at is None))

    @property
    def span(self) -> tuple[int, int]:
        """Its start and end, NEVER while it is ongoing."""
        return self.since, NEVER if self.until is None else self.until

    @property
    def over_since(self) -> int | None:
        """Since when nothing of it is ongoing, whatever was told: an off-delay keeps it open for longer."""
        return self.until if self.clearing is None else self.clearing.since

    @property
    def outside_until(self) -> int | None:
        """Up to when anything of it is known to have been outside; None: it goes on by data."""
        return self.no_data.unknown_since if self.is_silent and self.no_data else self.over_since

    @property
    def paused(self) -> int:
        """For how long nothing of it is known to have been outside, in microseconds."""
        return total(self.pauses)

    def outside_for(self, now: int) -> int:
        """Return how long it has been outside by `now`, without the time that has no data, in microseconds."""
        return (now if self.outside_until is None else self.outside_until) - self.since - self.paused

    @property
    def is_silent(self) -> bool:
        """Whether it goes on only because nothing has been heard since: nobody knows whether it is over."""
        return self.until is None and self.no_data is not None and self.no_data.until is None

    @property
    def condition(self) -> Condition:
        """What is known of its end."""
        if self.until is not None:
            return "over"
        if self.is_silent:
            return "no_data"
        return "ongoing" if self.clearing is None else "clearing"

    @property
    def state(self) -> lifecycle.State:
        """The state as ISA-18.2 and IEC 62682 name it, as of the last step."""
        if self.lot:
            return "UNACK" if self.founded and self.acknowledged_at is None else "NORM"
        why = self.suppressed
        return lifecycle.state_of(
            self.since,
            self.until,
            acknowledged_at=self.acknowledged_at,
            founded=self.founded,
            suppressions=() if why is None else (lifecycle.Suppression(why.state, -NEVER, NEVER, why.reason),),
            now=NEVER - 1,
        )

    @property
    def is_new(self) -> bool:
        """Whether somebody is still to acknowledge it."""
        return self.state in ("UNACK", "RTNUN")

    @property
    def all_lots(self) -> tuple[AlertLot, ...]:
        """The units that went through it, and those that are not part of it any more."""
        return (*self.lots, *self.gone)

    @property
    def leading(self) -> FiredRule:
        """The rule that says most: the worst of all, else that of the first unit on hold, else of the first unit."""
        lots = self.lots or self.gone
        held = next((lot for lot in lots if lot.hold is not None), None)
        return self.worst or held or next(iter(lots), None) or FiredRule()

    @property
    def topic(self) -> str:
        """The key of what is wrong, by which pages find their words."""
        return self.leading.topic(self.quantity, self.direction)

    @property
    def what_is_wrong(self) -> str:
        """What is wrong, in words that go with a place: `too warm`."""
        return self.leading.what_is_wrong(self.quantity, self.direction)

    @property
    def farthest(self) -> Any:
        """The function that picks the most extreme of some values: the lowest of what is too low."""
        return min if self.direction == "low" else max


def alert_of(row: Mapping[str, Any]) -> Alert:
    """Return the alert that a row of the table `alerts` says."""
    columns = dict(row)
    unknown, pauses = columns.pop("unknown"), columns.pop("pauses") or ()
    lots, gone = (tuple(_lot(lot, row) for lot in columns.pop(name) or ()) for name in ("lots", "gone"))
    worst, suppressed, clearing, no_data = (
        columns.pop(name) for name in ("worst", "suppressed", "clearing", "no_data")
    )
    return Alert(
        **{**columns, "rules": tuple(row["rules"])},
        lots=lots,
        gone=gone,
        worst=WorstRule(**_fired(worst)) if worst else None,
        suppressed=Suppression(**suppressed) if suppressed else None,
        clearing=Clearing(**clearing) if clearing else None,
        no_data=NoData(**no_data) if no_data else None,
        unknown=tuple(map(_unknown, unknown or ())),
        pauses=tuple(Without(*each) for each in pauses),
    )


def _lot(lot: Mapping[str, Any], alert: Mapping[str, Any]) -> AlertLot:
    """Return a lot of an alert; what older versions did not record of it is the alert's."""
    preset = {"state": None, "disposed_by": None, "since": alert["since"], "until": alert["until"]}
    out = lot.get("out")
    rules = tuple(lot.get("rules") or ())
    return AlertLot(**{**preset, **_fired(lot), "rules": rules, "out": Out(**out) if out else None})


def _unknown(lot: Mapping[str, Any]) -> UnknownLot:
    missing = lot.get("missing")
    known = missing and Missing(**{**missing, "gaps": tuple(Without(*gap) for gap in missing["gaps"])})
    return UnknownLot(**{**lot, "missing": known})


def _fired(fired: Mapping[str, Any]) -> dict[str, Any]:
    known = {name: value for name, value in fired.items() if name != "sentence"}
    return {**known, "places": tuple(fired.get("places") or ()), "phrase": fired.get("sentence")}
