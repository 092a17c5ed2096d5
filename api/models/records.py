"""What happened: excursions, exposures, holds, alerts, events, as the ledger recorded it."""

from collections.abc import Mapping
from typing import Any, Literal

from pydantic import AliasPath, Field, model_validator

from api.models.base import ResponseBody, TextOrNone, Time, Value

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


class ReadingsHeard(ResponseBody):
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

    kind: Literal["reading", "late", "import", "correction", "version", "time", "decision", "rebuild"] = Field(
        description="late: readings that came more than 5 minutes after they were measured"
    )
    who: str | None = Field(None, examples=["quinn"], description="who corrected, imported or decided")
    entries: list[EntryChanged] | None = Field(None, description="what a correction changed, the first few")
    count: int | None = Field(None, examples=[1], description="how many entries it changed")
    event: int | None = Field(None, examples=[1042], description="the event of the first")
    readings: list[ReadingsHeard] | None = Field(None, description="the late readings, of the first few sensors")
    journal: int | None = Field(None, examples=[831], description="the last journal row of an import")
    profile: str | None = Field(None, examples=["vaccine-2-8"], description="what came into force")
    version: int | None = Field(None, examples=[2])
    at: Time | None = Field(None, description="when it came into force")


class Owed(ResponseBody):
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
    owed: list[Owed] | None = Field(
        validation_alias=AliasPath("finality", "outstanding"),
        description="what sensors still owe to it; null: not for this person to know",
    )


class MayBeUsed(ResponseBody):
    """May it be used, and if not, why."""

    allowed: bool = Field(validation_alias="may_be_used", examples=[False], description="false: the reason forbids it")
    code: Literal[
        "held", "unfounded", "rejected", "hold", "expired", "review", "outside", "unknown", "released", "ok"
    ] = Field(
        examples=["held"],
        description="the first reason that applies; `held`, `unfounded` (on hold, but no longer supported), "
        "`rejected`, `hold` (due for a hold) and `expired` forbid it, `review`, `outside` (a limit, now) and `unknown` "
        "need a look",
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


class Alert(ResponseBody):
    """What is told of a problem: one place whose sensors spoke, one quantity, one direction."""

    id: int = Field(examples=[5])
    kind: Literal["problem", "out_of_reach"] = Field(
        "problem", description="out_of_reach: of one batch alone, shipped or released before it became known"
    )
    product: TextOrNone = Field(None, examples=["VAX"], description="of what is out of reach")
    lot: TextOrNone = Field(None, examples=["A1"])
    because: Cause | None = Field(None, description="why it became known, of what is out of reach")
    place: TextOrNone = Field(examples=["ROOM-1"], description="null: not for this person to know")
    quantity: str = Field(examples=["temperature"], description="empty: whatever the place measures")
    direction: Literal["high", "low", "silent", "faulty"]
    since: Time
    until: Time | None = Field(description="null: it goes on")
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
