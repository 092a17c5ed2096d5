"""What an entry of each kind may say, and its normalised document.

A document holds every field, presets included: times as RFC 3339 with `Z`, numbers as decimal text, what may change
with time as a list of `{value, from}`. A rule's fields keep the order of the file, which carries meaning.
"""

import json
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Literal

from pydantic import Field, ValidationInfo, field_validator

from domain.model import GapCountsAs, Severity
from domain.times import DAY, parse_duration
from sites.fields import (
    Address,
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
    Host,
    Instant,
    Port,
    RuleField,
    ServiceUrl,
    Share,
    Step,
    Strict,
    Text,
    TimeOfDay,
    Topic,
    Url,
    Version,
    Zone,
    problem,
)


def _always(value: Any) -> Any:
    return lambda: [Step(value=value, **{"from": None})]


class Site(Strict):
    """The installation."""

    name: Text | None = None
    timezone: Zone = "UTC"


class EmailChannel(Strict):
    """Alerts by mail, handed over to the machine's own mail server if no other is named."""

    id: Text
    kind: Literal["email"]
    to: list[Address] = Field(min_length=1)
    sender: Address | None = Field(None, alias="from")
    server: Host = "localhost"
    port: Port | None = None  # preset: that of the security
    security: Literal["plain", "starttls", "tls"] | None = None  # preset: plain to localhost, else starttls
    user: Text | None = None
    secret_file: Text | None = Field(None, validate_default=True)
    min_severity: Severity = "info"
    client: Text | None = None  # then it is told of that client's lots only

    @field_validator("secret_file")
    @classmethod
    def _password(cls, named: str | None, info: ValidationInfo) -> str | None:
        if (named is None) != (info.data.get("user") is None):
            raise problem("is missing: it holds the user's password" if named is None else "needs a user")
        return named


class AppriseChannel(Strict):
    """Alerts by any service that Apprise knows; its address holds credentials."""

    id: Text
    kind: Literal["apprise"]
    url: ServiceUrl | None = None
    secret_file: Text | None = Field(None, validate_default=True)
    min_severity: Severity = "info"
    client: Text | None = None  # then it is told of that client's lots only

    @field_validator("secret_file")
    @classmethod
    def _one_of_two(cls, named: str | None, info: ValidationInfo) -> str | None:
        if "url" in info.data and (named is None) == (info.data["url"] is None):
            raise problem("give either this, a file that holds the address, or url")
        return named


class WebhookChannel(Strict):
    """Alerts by HTTP, signed if a file with a secret is named."""

    id: Text
    kind: Literal["webhook"]
    url: Url
    secret_file: Text | None = None
    min_severity: Severity = "info"
    client: Text | None = None  # then it is told of that client's lots only


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
    parent: DatedName = Field(default_factory=_always(None))
    inherits: Flag = True
    profile: DatedName = Field(default_factory=_always(None))


class Mount(Strict):
    """A sensor at a location."""

    sensor: Text
    location: Text
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
    profile: DatedName = Field(default_factory=_always(None))


class Parent(Strict):
    """A batch, or one unit of it, that another was made from."""

    product: Text
    lot: Text
    unit: Text | None = None
    until: Instant | None = None


class Batch(Strict):
    """A lot of a product."""

    product: Text
    lot: Text
    name: Text | None = None
    client: Text | None = None
    made_at: Instant | None = None
    expires_on: Date | None = None
    parents: list[Parent] = Field(default_factory=list)


class Placement(Strict):
    """A unit of a batch at a location."""

    id: Text | None = None
    product: Text
    lot: Text
    unit: Text | None = None
    location: Text
    quantity: Amount | None = None
    since: Instant = Field(alias="from")
    to: Instant | None = None


class Quiet(Strict):
    """When nobody is told of what happens at a location: out of service `from` … `to`, or `daily` at certain hours."""

    location: Text
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


CHANNELS: dict[str, type[Strict]] = {"apprise": AppriseChannel, "email": EmailChannel, "webhook": WebhookChannel}


@dataclass(frozen=True, slots=True)
class Kind:
    """A kind of entry: its section in the site file and the fields that it is known by."""

    section: str
    key: tuple[str, ...]
    model: type[Strict] | None  # None: channels, whose own `kind` decides


KINDS = {
    "site": Kind("site", (), Site),
    "channel": Kind("channels", ("id",), None),
    "source": Kind("sources", ("topic",), Source),
    "sensor": Kind("sensors", ("id",), Sensor),
    "location": Kind("locations", ("id",), Location),
    "mount": Kind("mounts", ("sensor", "location", "from"), Mount),
    "client": Kind("clients", ("id",), Client),
    "product": Kind("products", ("id",), Product),
    "batch": Kind("batches", ("product", "lot"), Batch),
    "placement": Kind("placements", ("product", "lot", "unit", "location", "from"), Placement),
    "quiet": Kind("quiet", ("location", "from", "daily"), Quiet),
    "profile": Kind("profiles", ("id", "version"), Profile),
}


@dataclass(frozen=True, slots=True)
class Entry:
    """One entry of a site: `key` is a canonical JSON array, `doc` the normalised document."""

    kind: str
    key: str
    doc: dict[str, Any]

    @property
    def path(self) -> str:
        """Return e.g. `mounts["S1","ROOM-1","2026-01-01T00:00:00Z"]`."""
        return KINDS[self.kind].section + ("" if self.kind == "site" else self.key)


def key_fields(kind: str, doc: Mapping[str, Any]) -> tuple[str, ...]:
    """Return the fields that an entry is known by; a placement by its own id, if it has one."""
    return ("id",) if kind == "placement" and doc["id"] is not None else KINDS[kind].key


def key_of(kind: str, doc: Mapping[str, Any]) -> str:
    """Return the canonical JSON array of the key's fields."""
    return json.dumps([doc[field] for field in key_fields(kind, doc)], ensure_ascii=False, separators=(",", ":"))
