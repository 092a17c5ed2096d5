"""What was said otherwise of a batch's exposures, when that became known and why. Pure."""

from collections.abc import Iterator, Sequence

from markupsafe import Markup

from api.web.batch.unit import Fields
from api.web.batch.words import beyond, quantity_of, rule_at, short_names
from api.web.frame.formats import Clock
from api.web.frame.sentences import say
from api.web.problem.item import Item
from api.web.problem.revisions import Change, changes, intervals
from domain.model import Site

_OTHERWISE = ("corrected", "gone")


def revised(site: Site, product: str, rows: Sequence[Fields], of: int, clock: Clock) -> Iterator[Item]:
    """Yield an item for all that was said otherwise of the units from one instant on, `of` so many in all."""
    groups: dict[tuple[object, ...], list[tuple[Change, Markup]]] = {}
    for revisions in intervals(rows):
        rule = rule_at(site, product, revisions[0]["rule"], revisions[0]["since"])
        what = Markup.escape(beyond(rule, revisions[0]["rule"]))
        for change in changes(revisions, quantity_of(rule), clock):
            if change.kind in _OTHERWISE:
                same = (change.at, change.kind, change.words, what, change.row["since"])
                groups.setdefault(same, []).append((change, what))
    for alike in groups.values():
        (change, what), names = alike[0], list(dict.fromkeys(each.row["unit"] for each, _ in alike))
        title = say(f"standing.{change.kind}", units=short_names(names, of), count=len(names))
        where = say("standing.of", what=what, since=clock.at(change.row["since"]))
        yield Item(change.at, title, [where, *change.words], None, "warn", 1)
