"""Decisions about holds, as they were signed, as one person may see them."""

from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import replace

from sqlalchemy import select

from api.deps import View
from ledger.models.decision import Decision, decision_for_client, decision_of
from ledger.models.hold import Hold
from store.known_at import known_by
from store.series import AT_ONCE
from store.tables import decisions


def with_decisions(view: View, found: Sequence[Hold]) -> list[Hold]:
    """Return holds with what was decided of each, oldest first."""
    decided: dict[int, list[Decision]] = defaultdict(list)
    for number, decision in _decisions(view, {hold.id: hold.used for hold in found}):
        decided[number].append(decision)
    return [replace(hold, decisions=decided.get(hold.id, ())) for hold in found]


def _decisions(view: View, used: dict[int, dict[str, object] | None]) -> Iterable[tuple[int, Decision]]:
    numbers = sorted(used)
    for start in range(0, len(numbers), AT_ONCE):
        signed = decisions.c.hold.in_(numbers[start : start + AT_ONCE]), *known_by(decisions.c.at, view.known_at)
        for row in view.connection.execute(select(decisions).where(*signed).order_by(decisions.c.id)):
            decision = decision_of(row._mapping, used[row.hold])
            yield row.hold, decision if view.policy.knows_authors else decision_for_client(decision)
