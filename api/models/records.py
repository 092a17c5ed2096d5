"""What happened: excursions, exposures, holds, alerts, events, as the ledger recorded it."""

from collections.abc import Mapping
from typing import Any, Literal

from pydantic import AliasPath, Field, model_validator

from api.models.base import ResponseBody, TextOrNone, Time, Value
from rules.usability import Code

_SENTENCE = (
    "too-warm: above 8.0 °C for 75 min from 2026-01-03 09:38Z, limit 60 min, peak 9.6 °C, unit PALLET-7 in ROOM-1"
)
_STRUCTURE = [
    {
        **{"bound": "above 8.0 °C", "measured": 75.0, "limit": 60.0, "unit": "min", "peak": 9.6, "readings": 16},
        **{"readings_from": "2026-01-03T09:38:00Z", "readings_to": "2026-01-03T10:53:00Z", "coverage": 1.0},
    }
]
_NUMBERS = "null: with `known_at` only, where it went on then and its numbers have grown since"


class EntryChanged(ResponseBody):
    """An entry of the site that was changed."""

    kind: str = Field(examples=["placement"])
    key: str = Field(examples=['["VAX","A1","PALLET-7","ROOM-1","2026-01-01T08:00:00Z"]'])
    what: str = Field(examples=["put"], description="put or removed")


class ReadingsReceived(ResponseBody):
    """Readings of one sensor that came together."""

    sensor: str = Field(examples=["S1"])
    quantity: str = Field(examples=["temperature"])
    journal: int = Field(examples=[831], description="the journal row that they came with")
    since: Time = Field(alias="from", description="when the first was measured")
    until: Time = Field(alias="to", description="when the last was measured")
    count: int = Field(examples=[12])


class Cause(ResponseBody):
    """Why a revision was written, or is in force no more."""

    @model_validator(mode="before")
    @classmethod
    def _only_known(cls, cause: Any) -> Any:
        """Take the fields that are shown: causes are kept as JSON (`ledger.corrections.causes`)."""
        return (
            {name: cause[name] for name in cls.model_fields if name in cause} if isinstance(cause, Mapping) else cause
        )

    kind: Literal["reading", "late", "import", "correction", "version", "movement", "time", "decision", "rebuild"] = (
        Field(description="late: readings that came more than 5 minutes after they were measured")
    )
    who: str | None = Field(None, examples=["quinn"], description="who corrected, imported, decided or activated")
    entries: list[EntryChanged] | None = Field(None, description="what a correction changed, the first few")
    movements: list[str] | None = Field(
        None, examples=[["M0001"]], description="movements that were recorded, the first few"
    )
    count: int | None = Field(None, examples=[1], description="how many entries or movements")
    event: int | None = Field(None, examples=[1042], description="the event of the first")
    readings: list[ReadingsReceived] | None = Field(None, description="the late readings, of the first few sensors")
    journal: int | None = Field(None, examples=[831], description="the last journal row of an import")
    profile: str | None = Field(None, examples=["vaccine-2-8"], description="what came into force")
    version: int | None = Field(None, examples=[2])
    at: Time | None = Field(None, description="when it came into force, or was made to afterwards: then `who` says so")
    what: str | None = Field(None, examples=["activated"], description="what was done to the version afterwards")
    reason: str | None = Field(None, examples=["stability data of 2025-11"], description="why, in that person's words")


class OutstandingData(ResponseBody):
    """What a sensor may still say."""

    sensor: str = Field(examples=["S1"])
    since: Time = Field(alias="from", description="its last reading before; without readings, its installation")
    until: Time | None = Field(alias="to", description="its next reading; null: nothing came since")


Standing = Literal["provisional", "confirmed", "revised"]


class Statement(ResponseBody):
    """Something that is said of a subject and may change."""

    standing: Standing = Field(
        validation_alias=AliasPath("finality", "status"),
        description="provisional: it goes on, or a sensor still owes data that could change it; confirmed: neither; "
        "revised: neither, and something else was said before",
    )
    owed: list[OutstandingData] | None = Field(
        validation_alias=AliasPath("finality", "outstanding"),
        description="what sensors still owe to it; null: not for this person to know",
    )


class MayBeUsed(ResponseBody):
    """May it be used, and if not, why."""

    allowed: bool = Field(validation_alias="may_be_used", examples=[False], description="false: the reason forbids it")
    code: Code = Field(
        examples=["held"],
        description="the first reason that applies; `held`, `unfounded` (on hold, but no longer supported), "
        "`rejected`, `recalled`, `quarantined`, `blocked_source` (made from rejected or recalled stock), `hold` (due "
        "for a hold), `not_released` and `expired` forbid it, `review`, `outside` (a limit, now) and `unknown` need "
        "a look",
    )
    words: str = Field(examples=["on hold"], description="the reason in a few words")


class Interval(Statement):
    """An interval outside a rule, in its newest revision."""

    id: int = Field(examples=[17], description="the same through all revisions")
    revision: int = Field(examples=[2])
    rule: str = Field(examples=["too-warm"])
    since: Time = Field(alias="from")
    until: Time | None = Field(alias="to", description="null: it goes on")
    minutes: float | None = Field(examples=[75.0], description=_NUMBERS)
    degree_minutes: float | None = Field(examples=[90.5], description=_NUMBERS)
    peak: Value | None = Field(examples=[9.6], description="farthest value, °C or %; null: nothing was measured")
    fired_at: Time | None = Field(description="when it had lasted or added up to what the rule says; null: it did not")
    known_at: Time | None = Field(None, description="since when this revision is current")
    cause: Cause | None = Field(None, description="why it was written; null: by an older version of the program")


class Excursion(Interval):
    """An interval in which a location was outside a rule."""

    location: str = Field(examples=["ROOM-1"])


class Exposure(Interval):
    """An interval in which one unit was outside a rule."""

    product: str = Field(examples=["VAX"])
    lot: str = Field(examples=["A1"])
    unit: str | None = Field(examples=["PALLET-7"], description="null: the lot is one unit")


class Why(ResponseBody):
    """What a hold rests on."""

    sentence: str | None = Field(examples=[_SENTENCE], description=_NUMBERS)
    kind: str = Field(examples=["limit"])
    profile: str = Field(examples=["vaccine-2-8"])
    version: int = Field(examples=[1])
    quantity: str = Field(examples=["temperature"], description="empty: any")
    direction: Literal["high", "low", "silent", "faulty"]
    severity: Literal["info", "warning", "critical"]
    since: Time = Field(alias="from")
    until: Time | None = Field(alias="to", description="null: it goes on")
    minutes: float | None = Field(examples=[75.0], description=_NUMBERS)
    degree_minutes: float | None = Field(examples=[90.5], description=_NUMBERS)
    peak: Value | None = Field(examples=[9.6])
    exposures: list[int] = Field(examples=[[17]], description="the exposures it rests on, by id")
    why: dict[str, Any] | None = Field(
        None,
        examples=_STRUCTURE,
        description="the sentence as structure: what was measured against what, on how many readings, how well known",
    )
    places: list[str] | None = Field(None, examples=[["ROOM-1"]], description="where the sensors that spoke hung")
    excursions: list[int] | None = Field(None, examples=[[9]], description="the excursions behind them, by id")


class AfterRelease(ResponseBody):
    """The release of the same rule that a hold comes after."""

    hold: int = Field(examples=[3], description="the hold that was released")
    released_at: Time


class Allowance(ResponseBody):
    """How much more a release allows, and how much of it is used."""

    minutes: float = Field(examples=[30.0], description="time outside after the signature")
    up_to: Value = Field(examples=[12.0], description="the worst value in it, °C or %")
    used_minutes: float | None = Field(None, examples=[12.5], description=_NUMBERS)
    used_peak: Value | None = Field(None, examples=[9.9], description="null: nothing was outside since")


class SignatureShown(ResponseBody):
    """That somebody proved who they are when they decided."""

    name: str = Field(examples=["Quinn Meyer"])
    meaning: str = Field(examples=["released for use"])


class Decision(ResponseBody):
    """A decision about a hold, as it was signed: of a release, it covers these numbers and what it allows, no more."""

    state: Literal["released", "rejected", "undo_asked", "undone"] = Field(
        description="undo_asked: one person has signed to undo a rejection; undone: a second one too"
    )
    at: Time
    who: str | None = Field(examples=["quinn"], description="null: not for this person to know")
    reason: str | None = Field(examples=["covered by the stability data"])
    signature: SignatureShown | None = Field(description="null: it came with a token")
    rule: str = Field(examples=["too-warm"])
    kind: str = Field(examples=["limit"])
    profile: str = Field(examples=["vaccine-2-8"])
    version: int = Field(examples=[1])
    revision: int = Field(examples=[2], description="of the hold, as it was shown")
    sentence: str = Field(examples=[_SENTENCE])
    minutes: float = Field(examples=[75.0])
    degree_minutes: float = Field(examples=[90.5])
    peak: Value | None = Field(examples=[9.6])
    measured: float | None = Field(
        description="what a rule that adds up compares: minutes, °C of a mean, a share of life"
    )
    allow: Allowance | None = Field(description="null: nothing more was allowed")


class Hold(Statement):
    """Quarantine of one unit. Only a person lifts it."""

    id: int = Field(examples=[3])
    product: str = Field(examples=["VAX"])
    lot: str = Field(examples=["A1"])
    unit: str | None = Field(examples=["PALLET-7"])
    rule: str = Field(examples=["too-warm"])
    state: Literal["held", "released", "rejected"]
    founded: bool = Field(description="false: a correction took its reason away; a person may release it")
    fired_at: Time
    placed_at: Time
    disposed_at: Time | None = None
    disposed_by: str | None = None
    reason: str | None = Field(None, description="why it was released or rejected")
    revision: int = Field(examples=[2], description="of what is on record; a release may name it as `shown`")
    after: AfterRelease | None = Field(None, description="the release of the same rule since which it is on hold again")
    decision: Decision | None = Field(None, description="the last decision, as it was signed; null: there is none")
    why: Why


class Superseded(ResponseBody):
    """Until when a revision was what was believed."""

    superseded_at: Time | None = Field(None, description="null: it is current")
    superseded_because: Cause | None = None


class ExcursionRevision(Excursion, Superseded):
    """What was believed of an excursion over a time."""


class ExposureRevision(Exposure, Superseded):
    """What was believed of an exposure over a time."""


class HoldRevision(Hold, Superseded):
    """What was on record of a hold over a time."""

    known_at: Time | None = None
    cause: Cause | None = None


class FiredWhy(ResponseBody):
    """Why a rule fired; null in alerts that are older than this."""

    kind: str | None = Field(None, examples=["limit"])
    at: Time | None = Field(None, description="when it fired")
    profile: str | None = Field(None, examples=["vaccine-2-8"])
    version: int | None = Field(None, examples=[1])
    sentence: str | None = Field(None, examples=[_SENTENCE], description="as that of the hold, if there is one")
    why: dict[str, Any] | None = Field(None, examples=_STRUCTURE, description="the sentence as structure")


class OutOfReach(ResponseBody):
    """Since when nothing holds a unit: what is told of it became known only afterwards."""

    how: Literal["left", "released"]
    at: Time
    place: str | None = Field(None, examples=["ROOM-1"], description="where it stood last")
    to: str | None = Field(None, examples=["CUSTOMER-9"], description="a place outside of the site, if told")
    by: str | None = Field(None, examples=["quinn"], description="who released it")
    then: Literal["notify", "review", "hold"] = Field(description="the worst that had fired by what was known then")


class AlertLot(FiredWhy):
    """A unit that went through a problem, with the worst that fired for it."""

    product: str = Field(examples=["VAX"])
    lot: str = Field(examples=["A1"])
    unit: str | None = Field(None, examples=["PALLET-7"])
    hold: int | None = Field(None, examples=[3], description="the hold that the problem placed")
    state: Literal["held", "released", "rejected", "unfounded"] | None = Field(
        None, description="of the hold, unfounded: a correction took its reason away; null: there is none"
    )
    disposed_by: str | None = Field(None, examples=["quinn"], description="who released or rejected it")
    limit: str | None = Field(None, examples=["above 8.0 °C for 60min"], description="what the worst rule requires")
    minutes: float | None = Field(None, examples=[75.0], description="how long it was outside by then")
    peak: Value | None = Field(None, examples=[9.6])
    out: OutOfReach | None = Field(None, description="of what is out of reach; null: it can be held")


class Worst(FiredWhy):
    """The numbers of the worst that fired."""

    rule: str = Field(examples=["too-warm"])
    limit: str = Field(examples=["above 8.0 °C for 60min"], description="what the rule requires")
    minutes: float | None = Field(None, examples=[75.0], description="how long it was outside by then")
    peak: Value | None = Field(None, examples=[9.6])


class Suppressed(ResponseBody):
    """Why nobody is told of a problem that goes on, or was not when it ended."""

    state: Literal["SHLVD", "DSUPR", "OOSRV"] = Field(
        description="shelved by a person, suppressed by design at certain hours, out of service"
    )
    until: Time
    reason: str = Field(examples=["defrost"])


class Clearing(ResponseBody):
    """That a problem is over, and people are told so later, unless it comes back: its rule has an off-delay."""

    since: Time = Field(description="since when nothing of it goes on")
    until: Time = Field(description="when that is told")


class NoData(ResponseBody):
    """That data ended before a value in range was heard: nobody knows whether it is over until one is."""

    since: Time = Field(description="the last that was heard")
    unknown_since: Time = Field(description="from when the record knows nothing")
    until: Time | None = Field(description="the first value in range; null: none has been heard")
    last: Value | None = Field(None, validation_alias="value", examples=[12.0], description="the last value")
    sensor: TextOrNone = Field(None, examples=["S1"], description="which read it; null: not for this person to know")


class WithoutData(ResponseBody):
    """A time without data, or in which nothing is known to have been outside."""

    since: Time = Field(alias="from")
    until: Time = Field(alias="to")


class MissingHours(ResponseBody):
    """Which hours are missing of a unit whose verdict is `unknown` for it."""

    at: Time = Field(description="as known then")
    unknown_minutes: float = Field(examples=[300.0])
    watched_minutes: float = Field(examples=[2760.0])
    gaps: list[WithoutData] = Field(description="the longest, in order of time")
    sentence: str = Field(examples=["no data for 5 h of 46 h: 2026-01-03 09:38 UTC to 2026-01-03 14:38 UTC"])


class UnknownLot(ResponseBody):
    """A unit of which nothing is known while its place says nothing."""

    product: str = Field(examples=["VAX"])
    lot: str = Field(examples=["A1"])
    unit: str | None = Field(None, examples=["PALLET-7"])
    client: TextOrNone = None
    since: Time
    until: Time | None = Field(description="null: it still is so, or stays so while nothing is heard")
    missing: MissingHours | None = Field(
        None,
        description="of one whose verdict is `unknown`: which hours, when it began or was over; null: enough is known",
    )


class Alert(ResponseBody):
    """What is told of a problem: one place whose sensors spoke, one quantity, one direction."""

    id: int = Field(examples=[5])
    kind: Literal["problem", "out_of_reach", "expiry", "stock"] = Field(
        "problem",
        description="out_of_reach: of one batch alone, shipped or released before it became known; expiry: of one "
        "batch in stock that has reached a step of its product's `expiry_warnings`, named in `rules`; stock: what "
        "`rules` names was done with stock of one batch although it should not be, or a pick of it stopped",
    )
    product: TextOrNone = Field(None, examples=["VAX"], description="of what is of one batch alone")
    lot: TextOrNone = Field(None, examples=["A1"])
    because: Cause | None = Field(None, description="why it became known, of what is out of reach")
    place: TextOrNone = Field(examples=["ROOM-1"], description="null: not for this person to know")
    quantity: str = Field(examples=["temperature"], description="empty: whatever the place measures")
    direction: Literal["high", "low", "silent", "faulty", "expiry", "stock"]
    since: Time
    until: Time | None = Field(description="null: it goes on")
    condition: Literal["ongoing", "no_data", "clearing", "over"] = Field(
        "ongoing",
        description="no_data: its sensor fell silent before a value in range, so nobody knows whether it is over; "
        "clearing: back in range, an off-delay passes",
    )
    no_data: NoData | None = Field(None, description="null: data tell when it was over, or it goes on by them")
    unknown: list[UnknownLot] | None = Field(None, description="stock of which nothing is known meanwhile")
    pauses: list[WithoutData] = Field(
        default_factory=list,
        description="when nothing of it is known to have been outside: without data, or within limits in between; "
        "how long it has been outside is told without them",
    )
    severity: Literal["info", "warning", "critical"]
    sentence: str = Field(examples=["VAX A1 on hold: above 8.0 °C for 75 min, peak 9.6 °C, ROOM-1, since 09:38Z"])
    rules: list[str] = Field(examples=[["too-warm"]])
    worst: Worst | None = None
    lots: list[AlertLot]
    gone: list[AlertLot] | None = Field(None, description="units that were part of it until data were corrected")
    founded: bool
    state: Literal["NORM", "UNACK", "ACKED", "RTNUN", "SHLVD", "DSUPR", "OOSRV"] | None = Field(
        None, examples=["UNACK"], description="as ISA-18.2 and IEC 62682 name it; null: not for this person to know"
    )
    suppressed: Suppressed | None = Field(None, description="null: whoever wants to hear of it is told")
    clearing: Clearing | None = Field(None, description="null: it goes on, or is over for people too")
    acknowledged_at: Time | None = None
    acknowledged_by: str | None = None
    comment: str | None = None
    raised_at: Time | None = None
    ended_at: Time | None = None


class Comment(ResponseBody):
    """What a person said about an alert."""

    id: int = Field(examples=[8])
    at: Time
    who: str = Field(examples=["quinn"])
    text: str = Field(examples=["compressor changed, see work order 88"])


class Event(ResponseBody):
    """Something that happened, numbered without gaps."""

    number: int = Field(examples=[1042])
    at: Time
    kind: str = Field(examples=["hold_placed"])
    subject: Any = Field(examples=[{"hold": 3, "product": "VAX", "lot": "A1"}])
