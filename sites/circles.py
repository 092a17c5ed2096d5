"""Circles: a place inside itself at some instant, a batch made from itself."""

from collections import defaultdict
from collections.abc import Callable, Iterator, Mapping
from functools import partial
from typing import TypeVar

from domain.model import ALWAYS, BatchKey, Location
from domain.times import format_instant
from sites.given import Given, Item, Problem

K = TypeVar("K")


def circles(given: Given) -> Iterator[Problem]:
    """Yield circles among the places and among the batches."""
    yield from _of_locations(given)
    yield from _of_batches(given)


def _circle_above(start: K, parent_of: Callable[[K], K | None], cleared: set[K]) -> list[K]:
    """Return the circle that the way up ends in, or nothing; what it passed is cleared: looked at once."""
    chain: dict[K, None] = {}
    place: K | None = start
    while place is not None and place not in chain and place not in cleared:
        chain[place] = None
        place = parent_of(place)
    cleared.update(chain)
    way = list(chain)
    return way[way.index(place) :] if place is not None and place in chain else []


def _of_locations(given: Given) -> Iterator[Problem]:
    """A circle closes at an instant at which one of its places gets a parent: looking at those finds all."""
    items = {item.it.id: item for item in given.locations}
    changes = defaultdict(list)
    for place, item in items.items():
        for since, _ in item.it.parent.steps:
            changes[since].append(place)
    told: set[frozenset[str]] = set()
    for instant, places in sorted(changes.items()):
        parent_of = partial(_parent_at, items, instant)
        cleared: set[str] = set()
        for circle in (_circle_above(place, parent_of, cleared) for place in places):
            if circle and frozenset(circle) not in told:
                told.add(frozenset(circle))
                when = "" if instant == ALWAYS else f" from {format_instant(instant)}"
                yield Problem(items[circle[-1]].position, ("parent",), f"a circle{when}: {_show(circle)}")


def _parent_at(items: Mapping[str, Item[Location]], instant: int, place: str) -> str | None:
    return items[place].it.parent.at(instant) if place in items else None


def _of_batches(given: Given) -> Iterator[Problem]:
    items = {(item.it.product, item.it.lot): item for item in given.batches}
    parents: dict[BatchKey, list[BatchKey]] = {}
    for key, item in items.items():
        above = [(parent.product, parent.lot) for parent in item.it.parents]
        parents[key] = [parent for parent in above if parent in items]
    endless = _endless(parents)
    cleared: set[BatchKey] = set()
    for key in (key for key in items if key in endless):
        circle = _circle_above(key, lambda batch: next(p for p in parents[batch] if p in endless), cleared)
        if circle:
            shown = _show([" ".join(batch) for batch in circle])
            yield Problem(items[circle[-1]].position, ("parents",), f"a circle: {shown}")


def _endless(parents: dict[K, list[K]]) -> set[K]:
    """Return those whose line of parents never ends: what is left once all that have none left are taken away."""
    children = defaultdict(list)
    waiting = {key: len(above) for key, above in parents.items()}
    for key, above in parents.items():
        for parent in above:
            children[parent].append(key)
    free = [key for key, count in waiting.items() if not count]
    while free:
        key = free.pop()
        del waiting[key]
        for child in children[key]:
            waiting[child] -= 1
            if not waiting[child]:
                free.append(child)
    return set(waiting)


def _show(circle: list[str]) -> str:
    return " → ".join([*circle, circle[0]])
