"""What must hold among the entries of a site: references lead somewhere, keys are unique, intervals run forward."""

from collections.abc import Iterator

from domain.model import Mount, Placement
from domain.times import parse_instant
from sites.circles import circles
from sites.clashes import clashes
from sites.given import Given, Item, Problem
from sites.numbering import without_numbers
from sites.schema import Doc, key_fields


def check(given: Given) -> list[Problem]:
    """Return everything that is wrong among the entries."""
    checks = (_duplicates, _references, _backward, _parents_without_time, _codes, clashes, circles)
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


def _references(given: Given) -> Iterator[Problem]:
    for position, entry in enumerate(given.entries):
        for reference in given.read[id(entry.doc)].references:
            if reference.target not in given.names and reference.target not in given.elsewhere:
                yield Problem(position, reference.path, f"no {reference}")


def _backward(given: Given) -> Iterator[Problem]:
    items: list[Item[Mount] | Item[Placement]] = [*given.mounts, *given.placements]
    for item in items:
        if item.it.since >= item.it.until:
            yield _not_after(item.position, item.doc)
    for position, entry in enumerate(given.entries):
        since, until = (entry.doc["from"], entry.doc["to"]) if entry.kind == "quiet" else (None, None)
        if since is not None and until is not None and parse_instant(since) >= parse_instant(until):
            yield _not_after(position, entry.doc)


def _not_after(position: int, doc: Doc) -> Problem:
    return Problem(position, ("to",), f"{doc['to']} is not after {doc['from']}")


def _parents_without_time(given: Given) -> Iterator[Problem]:
    for item in given.batches:
        if item.it.parents and item.it.made_at is None:
            yield Problem(item.position, ("made_at",), "is missing; a batch with parents needs it")


def _codes(given: Given) -> Iterator[Problem]:
    """Yield the products whose code cannot be part of the site's batch numbers."""
    sites = [entry.doc for entry in given.entries if entry.kind == "site"]
    for position, reason in without_numbers(sites, ((item.position, item.doc) for item in given.products)):
        yield Problem(position, ("code",), reason)
