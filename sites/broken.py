"""Profiles that could not be read whole: what is wrong among them all the same, so that everything is told at once."""

from collections.abc import Iterator, Sequence
from typing import Any, NamedTuple

from domain.errors import InvalidError
from domain.model import QUANTITIES
from domain.times import format_instant, parse_instant
from rules.read_rule import read_rule
from sites.given import Given
from sites.schema import Doc
from sites.tree import Path


class Broken(NamedTuple):
    """A profile's version as it is written, and where."""

    path: Path
    doc: Doc


class Clash(NamedTuple):
    """What is wrong at a place, and the other place it clashes with."""

    path: Path
    text: str
    other: Path | None = None


def check_broken(given: Given, paths: Sequence[Path], broken: Sequence[Broken]) -> Iterator[Clash]:
    """Yield versions that are there twice or begin at one instant, and quantities that no sensor declares.

    `paths` are those of the entries that could be read; what these clash in among themselves is told of elsewhere.
    """
    whole = [(paths[item.position], item.doc) for item in given.profiles]
    for i, (path, doc) in enumerate(broken):
        for other, known in (*whole, *broken[:i]):
            if doc.get("id") == known.get("id"):
                yield from _same(path, doc, other, known)
    declared = {quantity for item in given.sensors for *_, found in item.it.quantities.pieces() for quantity in found}
    for path, doc in broken if given.sensors else ():
        yield from _undeclared(path, doc, declared)


def _same(path: Path, doc: Doc, other: Path, known: Doc) -> Iterator[Clash]:
    if doc.get("version") == known.get("version"):
        yield Clash(path, "has the same id and version as", other)
        return
    begins = _instant(doc.get("effective_from"))
    if begins is not None and begins == _instant(known.get("effective_from")):
        text = f"{format_instant(begins)} is when another version begins:"
        yield Clash((*path, "effective_from"), text, other)


def _instant(text: Any) -> int | None:
    try:
        return parse_instant(text) if isinstance(text, str) else None
    except InvalidError:
        return None


def _undeclared(path: Path, doc: Doc, declared: set[str]) -> Iterator[Clash]:
    rules = doc.get("rules")
    for i, fields in enumerate(rules if isinstance(rules, list) else ()):
        if isinstance(fields, dict):
            rule = read_rule(fields)[0] if all(_is_text(each) for each in fields.values()) else None
            quantity = rule.condition.quantity if rule else fields.get("quantity")
            if quantity in QUANTITIES and quantity not in declared:
                yield Clash((*path, "rules", i, "quantity"), f"no sensor declares {quantity}")


def _is_text(value: Any) -> bool:
    each = value if isinstance(value, list) else [value]
    return all(isinstance(text, str | None) for text in each)
