"""A hold: the quarantine of one unit, what it rests on, and what a person decided."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Literal

from domain.topics import whole
from ledger.models.decision import Decision
from ledger.models.finality import CAUSES, Cause, Finality, cause_for_client
from ledger.models.interval import Row, grew_after, still_in_force
from ledger.models.of_unit import OfUnit
from rules.alarms.was_revised import Statement
from rules.subjects.whereabouts import UnitKey

State = Literal["held", "released", "rejected"]
Status = Literal["held", "unfounded", "released", "rejected"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Reason:
    """What a hold, or a firing, rests on. Numbers and `sentence` None: not known yet at the instant asked about."""

    kind: str
    profile: str
    version: int
    quantity: str  # "": whatever is measured
    direction: str
    since: int
    until: int | None  # None: still in progress
    severity: str | None = None  # a firing itself has the severity, and the exposures the numbers
    minutes: float | None = None
    degree_minutes: float | None = None
    peak: int | None = None
    exposures: Sequence[int] = ()
    sentence: str | None = None
    excursions: Sequence[int] | None = None  # None: not for this person to know, as `places`
    places: Sequence[str] | None = None  # whose sensors measured it
    why: Mapping[str, Any] | None = None  # the sentence as structure


@dataclass(frozen=True, slots=True)
class After:
    """The release that a hold comes after: of which hold, and when it was signed.

    `own`: it rests on what goes beyond that release; else the rule has fired anew.
    """

    hold: int
    released_at: int
    own: bool = True


@dataclass(frozen=True, slots=True, kw_only=True)
class Hold(OfUnit):
    """A hold as it is, or in one of its revisions. Only a person lifts it."""

    id: int
    key: UnitKey
    rule: str
    state: State
    founded: bool  # False: a correction took its reason away
    fired_at: int
    placed_at: int
    why: Reason
    disposed_at: int | None = None
    disposed_by: str | None = None
    reason: str | None = None  # why it was released or rejected
    known_at: int | None = None  # of revisions
    superseded_at: int | None = None
    cause: Cause | None = None
    superseded_because: Cause | None = None
    finality: Finality | None = None
    revision: int = 1
    after: After | None = None  # it was placed after a release of the same rule
    used: dict[str, Any] | None = None  # of what its release allows: minutes, peak
    decisions: Sequence[Decision] = ()  # oldest first, where they are read with it

    @property
    def decision(self) -> Decision | None:
        """The last decision, where they are read with it."""
        return self.decisions[-1] if self.decisions else None

    @property
    def sentence(self) -> str | None:
        """Why it was placed, with the unit, and where, as far as that may be told."""
        return self.why.sentence and whole(self.why.sentence, self.key._asdict(), self.why.places or ())

    @property
    def is_open(self) -> bool:
        """Tell whether the unit is on hold by it."""
        return self.state == "held"

    @property
    def status(self) -> Status:
        """Return held, unfounded (held, but no longer supported), released or rejected."""
        return status_of(self.state, founded=self.founded)

    @property
    def ground(self) -> tuple[int, int]:
        """Return the time whose data it rests on: it does not end later than the rule triggered."""
        return self.why.since, self.fired_at

    @property
    def reported(self) -> Statement:
        """Return what this revision says, to be compared with others; minutes are those of several intervals."""
        why = self.why
        return Statement(why.since, why.until, None, why.degree_minutes, why.peak, self.fired_at, self.founded)


def status_of(state: State, *, founded: bool) -> Status:
    """Return what became of a hold: one that is not supported any more still waits for a person."""
    return "unfounded" if state == "held" and not founded else state


def hold_of(row: Row, known_at: int | None = None) -> Hold:
    """Return the hold that a row of `holds` or `hold_revisions` tells of, as known at an instant (default: now)."""
    why = row["why"]
    if known_at is not None and grew_after(row, known_at):
        why = {**why, **dict.fromkeys(_GROWING if why.get("until") is None else _OF_ITS_RELEASE)}
    fields = {name: row[name] for name in _FIELDS if name in row}
    fields |= still_in_force(row, known_at) if "superseded_at" in row else {}
    after = why.get("after")
    fields["after"] = None if after is None else After(**after)
    return Hold(
        key=UnitKey(row["product"], row["lot"], row["unit"]), why=reason_from(why), used=why.get("used"), **fields
    )


def reason_from(why: Mapping[str, Any]) -> Reason:
    """Return what a hold, or a firing, rests on, from the JSON that the ledger keeps."""
    return Reason(**{name: why[name] for name in _REASON if name in why})


def hold_for_client(hold: Hold, places: Sequence[str]) -> Hold:
    """Return a hold as the client that owns the unit may read it. `places`: those where the unit itself stood."""
    # A person's reason may name what else was decided with it.
    why = Reason(**{name: getattr(hold.why, name) for name in _REASON_OF_A_CLIENT}, places=places)
    fields: dict[str, Any] = {name: getattr(hold, name) for name in _OF_A_CLIENT}
    causes: dict[str, Any] = {name: cause_for_client(getattr(hold, name)) for name in CAUSES}
    return Hold(**fields, why=why, **causes)


_OF_ITS_RELEASE = ("used",)  # it grows also when what the hold is of has ended
_GROWING = ("minutes", "degree_minutes", "peak", "sentence", "why", *_OF_ITS_RELEASE)
_REASON_OF_A_CLIENT = (
    *("kind", "profile", "version", "quantity", "direction", "severity", "since", "until", "sentence"),
    *("minutes", "degree_minutes", "peak", "exposures", "why"),
)
_REASON = (*_REASON_OF_A_CLIENT, "excursions", "places")
_OF_A_CLIENT = (
    *("id", "key", "rule", "state", "founded", "fired_at", "placed_at", "disposed_at"),
    *("known_at", "superseded_at", "revision", "after", "used"),
)
_FIELDS = (
    *("id", "rule", "state", "founded", "fired_at", "placed_at", "disposed_at", "disposed_by", "reason"),
    *("known_at", "superseded_at", "cause", "superseded_because", "revision"),
)
