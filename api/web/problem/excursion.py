"""From an excursion to the problem it is part of."""

from urllib.parse import quote

from sqlalchemy import select

from api.deps import View
from api.reads.alerts import read_alerts
from api.web.frame.texts import text
from api.web.problem.record import rules_alike
from domain.errors import NotFoundError
from domain.times import HOUR, format_instant
from ledger.models.excursion import Excursion, excursion_of
from rules.alarms.problems import near
from store.tables import alerts, excursions


def problem_of_excursion(view: View, number: int) -> str:
    """Return the address of the problem; of the place around that time where nothing fired. Raises NotFoundError."""
    newest = select(excursions).where(excursions.c.id == number).order_by(excursions.c.row.desc()).limit(1)
    row = view.connection.execute(newest).first()
    if row is None:
        raise NotFoundError(text("problem.no_excursion", number=number))
    excursion = excursion_of(row._asdict())
    problem = _problem(view, excursion)
    return f"/problems/{problem}" if problem is not None else _place(view, excursion)


def _problem(view: View, excursion: Excursion) -> int | None:
    there = read_alerts(view, alerts.c.place == excursion.location)
    for alert in sorted(there, key=lambda alert: not alert.founded):
        alike = rules_alike(view.snapshot.site, alert.place, alert.quantity, alert.direction)
        if excursion.rule in alike and near(excursion.span, alert.span, 0):
            return alert.id
    return None


def _place(view: View, excursion: Excursion) -> str:
    until = view.now if excursion.until is None else excursion.until
    span = f"since={format_instant(excursion.since - HOUR)}&until={format_instant(until + HOUR)}"
    return f"/places/{quote(excursion.location, safe='')}?{span}"
