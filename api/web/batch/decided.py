"""The holds of a batch in its timeline: placed in the words of then, revised with the cause, decided by whom."""

from collections.abc import Hashable, Iterator, Sequence
from itertools import pairwise

from markupsafe import escape

from api.web.batch.reported import Rules
from api.web.batch.tables import decided
from api.web.batch.words import short_names
from api.web.components.causes import words_of
from api.web.components.signed import signed_words
from api.web.frame.formats import Clock
from api.web.frame.sentences import say
from api.web.problem.item import Item, grouped, quoted
from ledger.models.hold import Hold
from ledger.models.unit import Unit


def placed_and_decided(units: Sequence[Unit], revisions: Sequence[Hold], rules: Rules, clock: Clock) -> Iterator[Item]:
    """Tell when holds were placed, by the version that placed them, and what people decided."""
    first = {chain[0].id: chain[0] for chain in _chains(revisions)}
    for row in decided(units):
        hold, names, count = row.hold, short_names(row.units, len(units)), len(row.units)
        placed = first.get(hold.id, hold)
        details = [rules.words(placed.why, placed.rule, placed.known_at or placed.placed_at)]
        if hold.after is not None:
            details.append(say("batch.since_release", at=clock.at(hold.after.released_at)))
        yield Item(hold.placed_at, say("batch.were_held", units=names, count=count), details, None, "hold", 4)
        for decision in hold.decisions:
            title = say(f"batch.were_{decision.state}", units=names, count=count)
            said = [*quoted(decision.reason), *map(escape, signed_words(hold, decision))]
            yield Item(decision.at, title, said, decision.who, "plain", 6)
        if hold.disposed_at is not None and not hold.decisions:  # older than decisions are kept
            title = say(f"batch.were_{hold.state}", units=names, count=count)
            yield Item(hold.disposed_at, title, quoted(hold.reason), hold.disposed_by, "plain", 6)


def holds_revised(revisions: Sequence[Hold], of: int, clock: Clock) -> Iterator[Item]:
    """Tell when holds lost their support, got it back, or rested on something else, and why."""
    changed = [
        (after, what)
        for chain in _chains(revisions)
        for before, after in pairwise(chain)
        if (what := _change(before, after)) is not None
    ]

    def alike(change: tuple[Hold, str]) -> Hashable:
        after, what = change
        return after.known_at, what, str(words_of(after.cause, clock)), after.rule

    for _, some in grouped(changed, alike):
        after, what = some[0]
        names = list(dict.fromkeys(hold.unit for hold, _ in some))
        title = say(f"batch.hold_{what}", units=short_names(names, of), count=len(names))
        cause = words_of(after.cause, clock)
        details = [say("timeline.rules", rules=after.rule, count=1), *([cause] if cause is not None else [])]
        yield Item(after.known_at or 0, title, details, None, "warn", 4)


def _change(before: Hold, after: Hold) -> str | None:
    """Return what a revision of a hold means; None where a person decided, or only numbers are others."""
    if before.founded != after.founded:
        return "supported" if after.founded else "unfounded"
    same = (before.fired_at, before.why.version) == (after.fired_at, after.why.version)
    return None if same or before.state != after.state else "revised"


def _chains(revisions: Sequence[Hold]) -> Iterator[list[Hold]]:
    for _, chain in grouped(sorted(revisions, key=lambda hold: (hold.id, hold.known_at or 0)), lambda hold: hold.id):
        yield chain
