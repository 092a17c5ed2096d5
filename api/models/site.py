"""Entries of the site as the API takes and gives them: the site file's words, with numbers as numbers."""

from collections.abc import Callable, Mapping
from typing import Any

from pydantic import Field

from api.models.base import Number, RequestBody, ResponseBody, Time, When, Words
from api.models.records import MayBeUsed
from rules.series.bounds import OPERATORS
from sites.library import written_out
from sites.schema import numbers

# A rule's fields that are numbers, or lists of them; all others are words and durations.
_RULE_NUMBERS = frozenset(
    (
        *(*OPERATORS, "deadband"),
        *("activation_energy_kj_mol", "floor"),
        *("rise", "fall", "min_readings"),
        *("resolution", "by", "margin", "surface", "from", "to", "sentinels"),
        *("reference", "q10", "studied_from", "studied_to", "left"),
    )
)


class SiteEntry(ResponseBody):
    """An entry of the site, whoever wrote it."""

    href: str = Field(examples=["/api/v1/locations/ROOM-1"], description="where this entry is found")
    doc: dict[str, Any] = Field(description="the entry in the site file's words")
    origin: str | None = Field(None, examples=["person"], description="file or person")
    changed_by: str | None = Field(None, examples=["anna"])
    changed_at: Time | None = None


class BatchEntry(SiteEntry):
    """A batch, and whether it may be used."""

    may_be_used: MayBeUsed = Field(
        examples=[{"allowed": False, "code": "held", "words": "on hold"}],
        description="of its worst unit, by what is on record: holds, alarms that call for a hold or a review, and "
        "the expiry date; whether enough is known of it tells its verdict",
    )


class StorageRecord(SiteEntry):
    """A storage record, and whether its unit may be used."""

    may_be_used: MayBeUsed = Field(
        examples=[{"allowed": False, "code": "held", "words": "on hold"}],
        description="of the unit, by what is on record",
    )


class DifferenceItem(ResponseBody):
    """What an extended profile says otherwise than its source."""

    rule: str | None = Field(examples=["too-warm"], description="null: a field of the profile itself")
    field: str = Field(examples=["for"], description="empty: the whole rule is added or left out")
    source: str | None = Field(examples=[None], description="null: the source does not say it")
    here: str | None = Field(examples=["15min"], description="null: it is not said here")


class ProfileEntry(SiteEntry):
    """A profile version, and what it says otherwise than the one of the library that it extends."""

    differences: list[DifferenceItem] = Field(description="empty where it extends none")


class Move(RequestBody):
    """A unit goes from wherever it stands to another location."""

    product: Words = Field(examples=["VAX"])
    lot: Words = Field(examples=["A1"])
    unit: Words | None = Field(None, examples=["PALLET-7"])
    location: Words = Field(examples=["ROOM-1"], description="its location from then on")
    at: When = Field(examples=["2026-01-03T00:00:00Z"])


class Activation(RequestBody):
    """New versions of profiles, each in force from its `effective_from` on, and why."""

    profiles: list[dict[str, Any]] = Field(
        min_length=1,
        description="each as it is told to /profiles",
        examples=[[{"id": "vaccine-2-8", "version": 2, "effective_from": "2027-01-01T00:00:00Z", "rules": []}]],
    )
    reason: Words = Field(examples=["the maker's stability data of June"])
    over: list[Number] = Field(
        [],
        max_length=100_000,
        description="numbers of the holds on record, lifted ones too, before which a version takes effect; without "
        "them it is refused (409) with their names",
        examples=[[4]],
    )


class Waiting(ResponseBody):
    """A version that one person has asked for; a second one must ask for the same."""

    doc: dict[str, Any]
    who: str = Field(examples=["quinn"])
    at: Time
    reason: str
    over: list[int] = Field(examples=[[4]])


def shown_doc(kind: str, doc: Mapping[str, Any]) -> dict[str, Any]:
    """Return a document with its numbers as numbers."""
    shown = {name: _each(_number, value) if name in numbers(kind) else value for name, value in doc.items()}
    if kind == "profile":
        shown["rules"] = [_shown_rule(rule) for rule in doc["rules"]]
    return shown


def given_doc(kind: str, doc: Mapping[str, Any]) -> dict[str, Any]:
    """Return a document with a rule's numbers as the text that is read; other fields take numbers as they are.

    A profile that uses one of the library is written out. Raises Refused if it cannot be.
    """
    rules = doc.get("rules")
    if kind != "profile":
        return dict(doc)
    if isinstance(rules, list):
        doc = {**doc, "rules": [_given_rule(rule) if isinstance(rule, dict) else rule for rule in rules]}
    return written_out(doc) if "use" in doc else dict(doc)


def _shown_rule(rule: Mapping[str, str | list[str] | None]) -> dict[str, Any]:
    return {name: _each(_number, value) if name in _RULE_NUMBERS else value for name, value in rule.items()}


def _given_rule(rule: Mapping[str, Any]) -> dict[str, Any]:
    return {name: _each(_text, value) if name in _RULE_NUMBERS else value for name, value in rule.items()}


def _each(change: Callable[[Any], Any], value: Any) -> Any:
    if isinstance(value, dict):
        return {name: change(each) for name, each in value.items()}
    return [change(each) for each in value] if isinstance(value, list) else change(value)


def _text(value: Any) -> Any:
    return repr(value) if isinstance(value, int | float) and not isinstance(value, bool) else value


def _number(text: str | None) -> float | int | str | None:
    if text is None:
        return None
    try:
        number = float(text)
    except ValueError:
        return text  # several, written as one text with commas
    return int(number) if number.is_integer() and "." not in text else number
