"""Entries of the site as the API takes and gives them: the site file's words, with numbers as numbers."""

from collections.abc import Mapping
from typing import Any

from pydantic import Field

from api.schemas.base import Shown, Time, Told, When, Words
from rules.bounds import OPERATORS

# A rule's fields that are numbers; all others are words and durations.
_RULE_NUMBERS = frozenset((*OPERATORS, "deadband", "activation_energy_kj_mol"))
NUMBERS = {"placement": ("quantity",), "profile": ("min_coverage", "version")}


class SiteEntry(Shown):
    """An entry of the site, whoever wrote it."""

    href: str = Field(examples=["/api/v1/locations/ROOM-1"], description="where this entry is found")
    doc: dict[str, Any] = Field(description="the entry in the site file's words")
    origin: str | None = Field(None, examples=["person"], description="file or person")
    changed_by: str | None = Field(None, examples=["anna"])
    changed_at: Time | None = None


class Move(Told):
    """A unit goes from wherever it stands to another location."""

    product: Words = Field(examples=["VAX"])
    lot: Words = Field(examples=["A1"])
    unit: Words | None = Field(None, examples=["PALLET-7"])
    location: Words = Field(examples=["ROOM-2"], description="where it stands from then on")
    at: When = Field(examples=["2026-01-03T05:00:00Z"])


def shown_doc(kind: str, doc: Mapping[str, Any]) -> dict[str, Any]:
    """Return a document with its numbers as numbers."""
    shown = {name: _number(value) if name in NUMBERS.get(kind, ()) else value for name, value in doc.items()}
    if kind == "profile":
        shown["rules"] = [_shown_rule(rule) for rule in doc["rules"]]
    return shown


def given_doc(kind: str, doc: Mapping[str, Any]) -> dict[str, Any]:
    """Return a document with a rule's numbers as the text that is read; other fields take numbers as they are."""
    rules = doc.get("rules")
    if kind != "profile" or not isinstance(rules, list):
        return dict(doc)
    return {**doc, "rules": [_given_rule(rule) if isinstance(rule, dict) else rule for rule in rules]}


def _shown_rule(rule: Mapping[str, str | None]) -> dict[str, Any]:
    return {name: _number(value) if name in _RULE_NUMBERS else value for name, value in rule.items()}


def _given_rule(rule: Mapping[str, Any]) -> dict[str, Any]:
    return {name: repr(value) if _is_number(name, value) else value for name, value in rule.items()}


def _is_number(name: str, value: Any) -> bool:
    return name in _RULE_NUMBERS and isinstance(value, int | float) and not isinstance(value, bool)


def _number(text: str | None) -> float | int | None:
    if text is None:
        return None
    number = float(text)
    return int(number) if number.is_integer() and "." not in text else number
