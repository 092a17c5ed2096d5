"""Which holds on record a version of a profile would reach, asked before anybody signs."""

from collections.abc import Collection, Mapping, Sequence
from typing import Any

from api.deps import View
from domain.errors import ConflictError
from domain.language import gettext
from ledger.corrections.reach import Reached, names_of, reached_by
from sites.schema import key_of
from store.state import load_entries


class ReachesHolds(ConflictError):
    """A version reaches holds that were not named: whoever signs must have seen them."""

    def __init__(self, reached: Sequence[Reached]) -> None:
        numbers = ", ".join(str(each.hold) for each in reached)
        super().__init__(
            gettext(
                "it takes effect before {count} holds on record: {holds}; to activate it, name them (over: {numbers})",
                count=len(reached),
                holds=names_of(reached),
                numbers=numbers,
            )
        )
        self.reached = reached


def reached_by_docs(view: View, docs: Sequence[Mapping[str, Any]]) -> list[Reached]:
    """Return the holds that these versions of profiles reach, by number."""
    before = {entry.key: entry.doc for entry in load_entries(view.connection, "profile")}
    after = {**before, **{key_of("profile", doc): doc for doc in docs}}
    return reached_by(view.connection, before, after, view.now)


def require_named(view: View, docs: Sequence[Mapping[str, Any]], over: Collection[int]) -> list[Reached]:
    """Return the same. Raises ReachesHolds if one of them is not among `over`."""
    reached = reached_by_docs(view, docs)
    if {each.hold for each in reached} - set(over):
        raise ReachesHolds(reached)
    return reached
