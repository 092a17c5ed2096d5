"""What was said otherwise of a batch's exposures, when that became known and why. Pure."""

from collections.abc import Iterator, Sequence

from markupsafe import Markup

from api.web.batch.reported import Rules
from api.web.batch.words import beyond, quantity_of, short_names
from api.web.frame.formats import Clock
from api.web.frame.sentences import say
from api.web.problem.item import Item
from api.web.problem.revisions import Change, changes, intervals
from ledger.models.exposure import Exposure

_OTHERWISE = ("corrected", "gone")


def revised(rules: Rules, found: Sequence[Exposure], of: int, clock: Clock) -> Iterator[Item]:
    """Yield an item for all that was said otherwise of the units from one instant on, `of` so many in all."""
    groups: dict[tuple[object, ...], list[tuple[Change, Markup, Sequence[str | None]]]] = {}
    for revisions, units in _alike(found):
        quantity = quantity_of(rules.of_exposure(revisions[0]))
        for change in changes(revisions, quantity, clock):
            if change.kind in _OTHERWISE:
                what = Markup.escape(beyond(rules.of_exposure(change.interval), change.interval.rule))
                same = (change.at, change.kind, change.words, what, change.interval.since)
                groups.setdefault(same, []).append((change, what, units))
    for alike in groups.values():
        change, what, _ = alike[0]
        names = list(dict.fromkeys(name for *_, units in alike for name in units))
        title = say(f"finality.{change.kind}", units=short_names(names, of), count=len(names))
        where = say("finality.of", what=what, since=clock.at(change.interval.since))
        yield Item(change.at, title, [where, *change.words], None, "warn", 1)


def _alike(found: Sequence[Exposure]) -> Iterator[tuple[list[Exposure], list[str | None]]]:
    """Yield what has a history of revisions worth telling, once for all units that share it."""
    groups: dict[str, tuple[list[Exposure], list[str | None]]] = {}
    for revisions in intervals(found):
        if len(revisions) > 1 or revisions[0].superseded_at is not None:
            same = repr([_without_unit(each) for each in revisions])
            groups.setdefault(same, (revisions, []))[1].append(revisions[0].key.unit)
    yield from groups.values()


def _without_unit(each: Exposure) -> tuple[object, ...]:
    return each.reported, each.rule, each.known_at, each.superseded_at, each.cause, each.superseded_because
