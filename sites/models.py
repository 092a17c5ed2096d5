"""What an entry of each kind may say: the fields, what they refer to, and which of them are numbers.

Channels are in `sites.channels`, for each kind of channel has fields of its own.
"""

from typing import Annotated, Any, Literal

from pydantic import Field, ValidationInfo, field_validator

from domain.model import GapCountsAs
from domain.times import DAY, parse_duration
from sites.channels import CHANNELS as CHANNELS
from sites.channels import ClientName
from sites.fields import (
    Amount,
    Date,
    DatedMapping,
    DatedName,
    DatedOffset,
    DatedQuantities,
    DatedZone,
    Duration,
    Flag,
    Gtin,
    Instant,
    Ref,
    RuleField,
    Share,
    Step,
    Strict,
    Text,
    TimeOfDay,
    Topic,
    Version,
    Zone,
    problem,
)

LocationName = Annotated[Text, Ref("location")]
LotOfProduct = Annotated[Text, Ref("batch", beside=("product",))]
DatedProfile = Annotated[DatedName, Ref("profile")]


def _always(value: Any) -> Any:
    return lambda: [Step(value=value, **{"from": None})]


class Site(Strict):
    """The installation."""

    name: Text | None = None
    timezone: Zone = "UTC"


class Source(Strict):
    """What is listened to, and how its payloads are read."""

    topic: Topic
    format: Text
    mapping: DatedMapping = Field(default_factory=_always(None))
    timezone: DatedZone = Field(default_factory=_always(None))


class Offsets(Strict):
    """What is added to what a sensor says, from an instant of measurement on."""

    temperature: DatedOffset | None = None
    humidity: DatedOffset | None = None


class Sensor(Strict):
    """A probe of a device."""

    id: Text
    name: Text | None = None
    device: Text | None = None  # preset: the id
    probe: Text | None = None
    quantities: DatedQuantities = Field(default_factory=_always(["temperature", "humidity"]))
    interval: Duration | None = None
    offsets: Offsets | None = None


class Location(Strict):
    """A place that can hold stock."""

    id: Text
    name: Text | None = None
    kind: Text | None = None
    parent: Annotated[DatedName, Ref("location")] = Field(default_factory=_always(None))
    inherits: Flag = True
    profile: DatedProfile = Field(default_factory=_always(None))


class Mount(Strict):
    """A sensor at a location."""

    sensor: Annotated[Text, Ref("sensor")]
    location: LocationName
    since: Instant = Field(alias="from")
    to: Instant | None = None


class Client(Strict):
    """An owner of batches."""

    id: Text
    name: Text | None = None


class Product(Strict):
    """What batches are of."""

    id: Text
    name: Text | None = None
    gtin: Gtin | None = None
    profile: DatedProfile = Field(default_factory=_always(None))


class Parent(Strict):
    """A batch, or one unit of it, that another was made from."""

    product: Text
    lot: LotOfProduct
    unit: Text | None = None
    until: Instant | None = None


class Batch(Strict):
    """A lot of a product."""

    product: Annotated[Text, Ref("product")]
    lot: Text
    name: Text | None = None
    client: ClientName = None
    made_at: Instant | None = None
    expires_on: Date | None = None
    parents: list[Parent] = Field(default_factory=list)


class Placement(Strict):
    """A unit of a batch at a location."""

    id: Text | None = None
    product: Text
    lot: LotOfProduct
    unit: Text | None = None
    location: LocationName
    quantity: Amount | None = None
    since: Instant = Field(alias="from")
    to: Instant | None = None


class Quiet(Strict):
    """When nobody is told of what happens at a location: out of service `from` … `to`, or `daily` at certain hours."""

    location: LocationName
    daily: TimeOfDay | None = None
    lasting: Duration | None = Field(None, alias="for", validate_default=True)
    timezone: Zone | None = None  # preset: the site's
    since: Instant | None = Field(None, alias="from", validate_default=True)
    to: Instant | None = Field(None, validate_default=True)
    reason: Text

    @field_validator("lasting")
    @classmethod
    def _of_a_day(cls, lasting: str | None, info: ValidationInfo) -> str | None:
        if "daily" in info.data and (lasting is None) == (info.data["daily"] is not None):
            raise problem("is missing: how long it lasts every day" if lasting is None else "needs a time of the day")
        if lasting is not None and parse_duration(lasting) >= DAY:
            raise problem(f"must be shorter than a day: {lasting!r}")
        return lasting

    @field_validator("timezone")
    @classmethod
    def _of_a_clock(cls, zone: str | None, info: ValidationInfo) -> str | None:
        if zone is not None and info.data.get("daily", "") is None:
            raise problem("needs a time of the day")
        return zone

    @field_validator("since", "to")
    @classmethod
    def _bounded(cls, instant: str | None, info: ValidationInfo) -> str | None:
        if instant is None and info.data.get("daily", "") is None:
            raise problem("is missing: what is out of service is so for a time, or it is quiet daily")
        return instant


# How well a profile's numbers are known: read at the source, taken from a device's own file, worked out from either,
# or common knowledge that must be checked before anybody claims conformance.
Evidence = Literal["read", "device", "computed", "known"]


class Profile(Strict):
    """One version of a storage requirement, and where its numbers are from. Rules: `rules.read_rule`."""

    id: Text
    version: Version
    name: Text | None = None
    source: Text | None = None
    clause: Text | None = None
    date: Date | None = None  # of the source
    evidence: Evidence | None = None
    note: Text | None = None
    effective_from: Instant
    max_gap: Duration = "30min"
    gap_counts_as: GapCountsAs = "unknown"
    min_coverage: Share = "0"
    rules: list[dict[str, RuleField]]
