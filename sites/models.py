"""What an entry of each kind may say: the fields, what they refer to, and which of them are numbers.

Channels are in `sites.channels`, for each kind of channel has fields of its own.
"""

from typing import Annotated, Any, Literal

from pydantic import Field, ValidationInfo, field_validator

from batches.expiry import read_warnings
from batches.numbering import Typed, read_parts
from batches.production_dates import Reset
from domain.model import GapCountsAs, PartyKind, Strategy
from domain.times import DAY, parse_duration
from sites.channels import CHANNELS as CHANNELS
from sites.channels import ClientName
from sites.fields import (
    Amount,
    Count,
    Date,
    DatedClock,
    DatedMapping,
    DatedModel,
    DatedName,
    DatedOffset,
    DatedQuantities,
    DatedRange,
    DatedZone,
    Days,
    Duration,
    Factor,
    Flag,
    Gtin,
    Instant,
    Ref,
    RuleField,
    SecretFile,
    Share,
    Step,
    Strict,
    Text,
    TimeOfDay,
    Topic,
    Version,
    Zone,
    checked,
    problem,
)
from sites.numbering import check_of_product, check_of_site

LocationName = Annotated[Text, Ref("location")]
LotOfProduct = Annotated[Text, Ref("batch", beside=("product",))]
DatedProfile = Annotated[DatedName, Ref("profile")]


def _always(value: Any) -> Any:
    return lambda: [Step(value=value, **{"from": None})]


def _format(text: str) -> str:
    read_parts(text)
    return text


def _ladder(texts: list[str]) -> list[str]:
    return [warning.text for warning in read_warnings(texts)]


class Numbering(Strict):
    """How batch numbers are made: `{YYMMDD}-{line}{sequence:3}{check:gs1}`; see `batches.numbering`."""

    format: Annotated[Text, checked(_format)]
    facility: Text | None = None
    lines: list[Text] = Field(default_factory=list)  # the only one is preset, of several one is named
    start: Count = 1
    reset: Reset = "never"  # when the sequence begins again
    typed: Typed = "refuse"  # what becomes of a number that is typed almost as it is written


class Site(Strict):
    """The installation."""

    name: Text | None = None
    timezone: Zone = "UTC"
    numbering: Annotated[Numbering | None, checked(check_of_site)] = None  # of products that have none of their own
    blind_counts: Flag = False  # who counts does not see what is expected
    counted_by_two: Flag = False  # two people must count the same
    adjustments_approved: Flag = False  # what a count puts right is approved by a second person


class Source(Strict):
    """What is listened to, and how its payloads are read."""

    topic: Topic
    format: Text
    mapping: DatedMapping = Field(default_factory=_always(None))
    timezone: DatedZone = Field(default_factory=_always(None))
    clock: DatedClock = Field(default_factory=_always(None))  # what counts where a device's clock is off
    secret_file: SecretFile | None = None  # holds keys of encrypted formats, or what a POST must prove to know
    authentication: Literal["token", "basic", "hmac", "jwt"] | None = None  # of a POST; preset: that of the format


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
    model: DatedModel | None = None  # what it can say; see domain.sensor_models
    range: DatedRange | None = None  # its measuring range, where that is another than the model's
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
    code: Text | None = None  # in batch numbers; preset: the id
    numbering: Numbering | None = None  # preset: the site's
    profile: DatedProfile = Field(default_factory=_always(None))
    uom: Text | None = None
    uoms: dict[Text, Factor] = Field(default_factory=dict)
    release_required: Flag = False
    expiry_warnings: Annotated[list[Text], checked(_ladder)] = Field(default_factory=list)
    after_opening: Duration | None = None  # for how long a unit may be used after it was opened, and after thawing
    after_thawing: Duration | None = None
    strategy: Strategy = "fefo"
    lead_time: Duration | None = None  # how long more of it takes to arrive, when it is ordered

    @field_validator("numbering")
    @classmethod
    def _makes_numbers(cls, numbering: Numbering | None, info: ValidationInfo) -> Numbering | None:
        found = check_of_product(numbering, info.data.get("code") or info.data.get("id"))
        if found is not None:
            raise problem(found)
        return numbering

    @field_validator("uoms")
    @classmethod
    def _not_its_own(cls, uoms: dict[str, str], info: ValidationInfo) -> dict[str, str]:
        own = info.data.get("uom")
        if own is not None and own in uoms:
            raise problem(f'"{own}" is the product\'s own unit of measure, so it is 1 and not among them')
        return uoms


class Party(Strict):
    """A supplier, customer, carrier or maker."""

    id: Text
    name: Text | None = None
    kind: PartyKind
    min_remaining_days: Days = "0"
    market: Text | None = None


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
    foreign: Flag = False  # somebody else's number: kept as it is, whatever it looks like
    name: Text | None = None
    client: ClientName = None
    made_at: Instant | None = None
    expires_on: Date | None = None
    supplier_lot: Text | None = None  # the maker's number, where the house gives its own
    markets: list[Text] = Field(default_factory=list)  # none: anywhere
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
    extends: Text | None = None  # the version that it was made from, as `ID@VERSION`
    effective_from: Instant
    max_gap: Duration = "30min"
    gap_counts_as: GapCountsAs = "unknown"
    min_coverage: Share = "0.95"  # domain.model.MIN_COVERAGE
    longest_gap: Duration | None = None
    coverage_reason: Text | None = None  # why so much must be known, and where that is from
    coverage_source: Text | None = None
    coverage_date: Date | None = None
    rules: list[dict[str, RuleField]]
