"""The page that says why a rule triggered, put together."""

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
from api.web.why.find import TriggeredAlarm, find_alarm, version_and_rule
from api.web.why.readings import Readings, readings_of
from domain.model import ProfileVersion, Rule
from ledger.models.hold import Hold, hold_of
from store.tables import holds

# Said elsewhere on the page, or better.
_SAID = (
    "bound",
    "measured",
    "limit",
    "unit",
    "peak",
    "readings",
    "readings_from",
    "readings_to",
    "coverage",
    "released_at",
    "minutes_since",
)


@dataclass(frozen=True, slots=True)
class WhyPage:
    """Everything that its template shows. `readings` None: the record is older than what tells which were used."""

    alarm: TriggeredAlarm
    version: ProfileVersion | None
    rule: Rule | None
    more: Sequence[tuple[str, str]]  # what only this kind of rule says
    hold: Hold | None
    problem: int | None
    readings: Readings | None


def why_page(visitor: Visitor, view: View, asked: Any) -> WhyPage:
    """Read the page. Raises NotFoundError."""
    alarm = find_alarm(view, asked.subject, asked.rule, asked.at)
    version, rule = version_and_rule(view.snapshot.site, alarm)
    return WhyPage(
        alarm=alarm,
        version=version,
        rule=rule,
        more=list(_more(alarm)),
        hold=_hold(view, alarm),
        problem=_problem(view, alarm) if visitor.person.may(Permission.SEE_SITE) else None,
        readings=readings_of(view, alarm, asked.begin, only_outside=asked.only == "outside"),
    )


def _more(alarm: TriggeredAlarm) -> Iterator[tuple[str, str]]:
    for name, value in alarm.why.items():
        if name not in _SAID and value is not None:
            yield text(f"why.of_{name}"), number(value) if isinstance(value, int | float) else str(value)


def _hold(view: View, alarm: TriggeredAlarm) -> Hold | None:
    subject = alarm.subject
    if subject.product is None:
        return None
    unit = holds.c.unit.is_(None) if subject.unit is None else holds.c.unit == subject.unit
    same = (holds.c.product == subject.product) & (holds.c.lot == subject.lot) & unit
    query = select(holds).where(same, holds.c.rule == alarm.rule, holds.c.fired_at == alarm.at)
    row = view.connection.execute(query.order_by(holds.c.id.desc()).limit(1)).first()
    return None if row is None else view.policy.hold(hold_of(row._mapping))


def _problem(view: View, alarm: TriggeredAlarm) -> int | None:
    return problems_of(view, [(0, alarm.reason, alarm.at)]).get(0)
