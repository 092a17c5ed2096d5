"""The page that says why a rule fired, put together."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import select

from api.deps import View
from api.people.roles import Permission
from api.web.frame.formats import number
from api.web.frame.session import Visitor
from api.web.frame.texts import text
from api.web.holds.view import problems_of
from api.web.why.find import Fired, find_fired, version_and_rule
from api.web.why.readings import Readings, readings_of
from domain.model import ProfileVersion, Rule
from ledger.models.hold import Hold, hold_of
from store.tables import holds

# Said elsewhere on the page, or better.
_SAID = ("bound", "measured", "limit", "unit", "peak", "readings", "readings_from", "readings_to", "coverage")


@dataclass(frozen=True, slots=True)
class WhyPage:
    """Everything that its template shows. `readings` None: the record is older than what tells which were used."""

    fired: Fired
    version: ProfileVersion | None
    rule: Rule | None
    more: Sequence[tuple[str, str]]  # what only this kind of rule says
    hold: Hold | None
    problem: int | None
    readings: Readings | None


def why_page(visitor: Visitor, view: View, asked: Any) -> WhyPage:
    """Read the page. Raises NotFoundError."""
    fired = find_fired(view, asked.subject, asked.rule, asked.at)
    version, rule = version_and_rule(view.snapshot.site, fired)
    return WhyPage(
        fired=fired,
        version=version,
        rule=rule,
        more=list(_more(fired)),
        hold=_hold(view, fired),
        problem=_problem(view, fired) if visitor.person.may(Permission.SEE_SITE) else None,
        readings=readings_of(view, fired, asked.begin, only_outside=asked.only == "outside"),
    )


def _more(fired: Fired) -> Iterator[tuple[str, str]]:
    for name, value in fired.why.items():
        if name not in _SAID and value is not None:
            yield text(f"why.of_{name}"), number(value) if isinstance(value, int | float) else str(value)


def _hold(view: View, fired: Fired) -> Hold | None:
    subject = fired.subject
    if subject.product is None:
        return None
    unit = holds.c.unit.is_(None) if subject.unit is None else holds.c.unit == subject.unit
    same = (holds.c.product == subject.product) & (holds.c.lot == subject.lot) & unit
    query = select(holds).where(same, holds.c.rule == fired.rule, holds.c.fired_at == fired.at)
    row = view.connection.execute(query.order_by(holds.c.id.desc()).limit(1)).first()
    return None if row is None else view.policy.hold(hold_of(row._mapping))


def _problem(view: View, fired: Fired) -> int | None:
    return problems_of(view, [(0, fired.because, fired.at)]).get(0)
