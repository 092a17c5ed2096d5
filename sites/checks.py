"""What must hold among the entries of a site: references lead somewhere, keys are unique, intervals run forward."""

from collections.abc import Iterator
from typing import Any

from domain.times import parse_instant
from sites.circles import circles
from sites.clashes import clashes
from sites.given import Doc, Given, Problem
from sites.schema import key_fields
from sites.tree import Path


def check(given: Given) -> list[Problem]:
    """Return everything that is wrong among the entries."""
    checks = (_duplicates, _locations, _products, _mounts, _batches, _placements, _channels, _quiet, clashes, circles)
    return [problem for run in checks for problem in run(given)]


def check_quantities(given: Given) -> Iterator[Problem]:
    """Yield the rules of quantities that none of the sensors declares: of a file, whose sensors stand beside them."""
    declared = {quantity for item in given.sensors for _, _, found in item.it.quantities.pieces() for quantity in found}
    for item in given.profiles if given.sensors else []:
        for i, rule in enumerate(item.it.rules):
            quantity = rule.condition.quantity
            if quantity is not None and quantity not in declared:
                yield Problem(item.position, ("rules", i, "quantity"), f"no sensor declares {quantity}")


def _duplicates(given: Given) -> Iterator[Problem]:
    first: dict[tuple[str, str], int] = {}
    for position, entry in enumerate(given.entries):
        other = first.setdefault((entry.kind, entry.key), position)
        if other != position:
            fields = key_fields(entry.kind, entry.doc)
            words = ", ".join(fields[:-1]) + (" and " if fields[:-1] else "") + fields[-1]
            yield Problem(position, fields if len(fields) == 1 else (), f"has the same {words} as", other)


def _unknown(given: Given, position: int, path: Path, kind: str, name: Any) -> Iterator[Problem]:
    if name is not None and not given.known(kind, name):
        yield Problem(position, path, f'no {kind} "{name}"')


def _dated(given: Given, position: int, doc: Doc, field: str, kind: str) -> Iterator[Problem]:
    steps = doc[field]
    for i, step in enumerate(steps):
        for_always = len(steps) == 1 and step["from"] is None
        yield from _unknown(given, position, (field,) if for_always else (field, i, "value"), kind, step["value"])


def _locations(given: Given) -> Iterator[Problem]:
    for item in given.locations:
        yield from _dated(given, item.position, item.doc, "parent", "location")
        yield from _dated(given, item.position, item.doc, "profile", "profile")


def _products(given: Given) -> Iterator[Problem]:
    for item in given.products:
        yield from _dated(given, item.position, item.doc, "profile", "profile")


def _forward(position: int, doc: Doc, since: int, until: int) -> Iterator[Problem]:
    if since >= until:
        yield Problem(position, ("to",), f"{doc['to']} is not after {doc['from']}")


def _mounts(given: Given) -> Iterator[Problem]:
    for item in given.mounts:
        yield from _unknown(given, item.position, ("sensor",), "sensor", item.it.sensor)
        yield from _unknown(given, item.position, ("location",), "location", item.it.location)
        yield from _forward(item.position, item.doc, item.it.since, item.it.until)


def _no_batch(given: Given, position: int, path: Path, product: str, lot: str) -> Iterator[Problem]:
    if not given.known("batch", (product, lot)):
        yield Problem(position, (*path, "lot"), f'no batch "{lot}" of product "{product}"')


def _batches(given: Given) -> Iterator[Problem]:
    for item in given.batches:
        batch = item.it
        yield from _unknown(given, item.position, ("product",), "product", batch.product)
        yield from _unknown(given, item.position, ("client",), "client", batch.client)
        if batch.parents and batch.made_at is None:
            yield Problem(item.position, ("made_at",), "is missing; a batch with parents needs it")
        for i, parent in enumerate(batch.parents):
            yield from _no_batch(given, item.position, ("parents", i), parent.product, parent.lot)


def _channels(given: Given) -> Iterator[Problem]:
    for position, entry in enumerate(given.entries):
        if entry.kind == "channel":
            yield from _unknown(given, position, ("client",), "client", entry.doc.get("client"))


def _quiet(given: Given) -> Iterator[Problem]:
    for position, entry in enumerate(given.entries):
        if entry.kind == "quiet":
            yield from _unknown(given, position, ("location",), "location", entry.doc["location"])
            if entry.doc["from"] is not None and entry.doc["to"] is not None:
                since, until = parse_instant(entry.doc["from"]), parse_instant(entry.doc["to"])
                yield from _forward(position, entry.doc, since, until)


def _placements(given: Given) -> Iterator[Problem]:
    for item in given.placements:
        yield from _no_batch(given, item.position, (), item.it.product, item.it.lot)
        yield from _unknown(given, item.position, ("location",), "location", item.it.location)
        yield from _forward(item.position, item.doc, item.it.since, item.it.until)
