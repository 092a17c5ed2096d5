"""The page of one problem: everything that its template shows, put together."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from api.addresses import canonical
from api.deps import View
from api.people import Permission
from api.web.charts.gather import Wanted, asked_of_problem
from api.web.charts.shown import Shown, address_of, shown
from api.web.disposition import Panel, panel
from api.web.formats import Clock
from api.web.problem.answer import Answer, answer
from api.web.problem.item import Item
from api.web.problem.lots import LotRow, lot_rows
from api.web.problem.measured import Evidence, evidence
from api.web.problem.record import Fields, Record, find_alert, read_record
from api.web.problem.timeline import timeline
from api.web.problem.why import RuleWords, rules_that_fired
from api.web.saying import clock_of
from api.web.session import Visitor
from api.web.texts import text
from domain.errors import NotFoundError
from domain.times import MINUTE
from store import state

SHOWN_AT_MOST = 100  # entries of the timeline, and units, unless all are asked for
DEFAULT_GAP = 30 * MINUTE


@dataclass(frozen=True, slots=True)
class ProblemPage:
    """What the template shows; `older` entries and `more` units are left out."""

    alert: Fields
    place_name: str | None
    clients: Mapping[str, str]  # their names
    answer: Answer
    lots: list[LotRow]
    more: int
    items: list[Item]
    older: int
    rules: list[RuleWords]
    evidence: Evidence | None
    panel: Panel | None
    asked: Any  # of the chart; None where the place is no more


def problem_page(visitor: Visitor, view: View, number: int, whole: bool) -> ProblemPage:
    """Read a problem's page. Raises NotFoundError for a problem that is not there."""
    alert = find_alert(view.connection, number)
    if alert is None:
        raise NotFoundError(text("problem.none", number=number))
    site = view.snapshot.site
    record = read_record(view.connection, site, alert)
    return _page(visitor, view, record, clock_of(view), whole)


def _page(visitor: Visitor, view: View, record: Record, clock: Clock, whole: bool) -> ProblemPage:
    alert, site = record.alert, view.snapshot.site
    lots, items = lot_rows(record, view.now), timeline(record, clock)
    said = answer(record, lots, site, clock)
    most = len(lots) + len(items) if whole else SHOWN_AT_MOST
    return ProblemPage(
        alert=alert,
        place_name=_name(view, alert["place"]),
        clients=_clients(view),
        answer=said,
        lots=lots[:most],
        more=max(0, len(lots) - most),
        items=items[:most],
        older=max(0, len(items) - most),
        rules=rules_that_fired(record.firings, site),
        evidence=evidence(view.connection, site, alert, said.peak, _max_gap(record, view), view.now),
        panel=_panel(visitor, view, record),
        asked=_chart(view, alert),
    )


def chart_of(visitor: Visitor, page: ProblemPage) -> Shown | None:
    """Return the chart of a page: asked for when the look at the database has ended."""
    if page.asked is None:
        return None
    number, quantity = str(page.alert["id"]), page.asked.quantity
    address = address_of("problem", number, quantity=quantity)
    label = text("problem.chart_label", quantity=text(f"words.{quantity}"), place=page.alert["place"])
    return shown(visitor, page.asked, "chart", address, label)


def _chart(view: View, alert: Fields) -> Any:
    if alert["place"] not in view.snapshot.site.locations:
        return None
    return asked_of_problem(view, alert["id"], Wanted(alert["quantity"] or "temperature"))


def _panel(visitor: Visitor, view: View, record: Record) -> Panel | None:
    if not visitor.person.may(Permission.DISPOSE):
        return None
    rows = [dict(hold) for hold in record.holds if hold["state"] == "held"]
    return panel(visitor, view, rows, f"/problems/{record.alert['id']}")


def _max_gap(record: Record, view: View) -> int:
    """Return for how long a reading counts, by the profile version that fired first."""
    for firing in record.firings:
        because = firing["because"]
        for version in view.snapshot.site.profiles.get(because["profile"], ()):
            if version.version == because["version"]:
                return version.max_gap
    return DEFAULT_GAP


def _name(view: View, place: str) -> str | None:
    """Return the place's name where it has one beside its id."""
    entry = state.find_entry(view.connection, "location", canonical(place))
    return entry.doc.get("name") if entry else None


def _clients(view: View) -> dict[str, str]:
    return {
        entry.doc["id"]: entry.doc.get("name") or entry.doc["id"]
        for entry in state.load_entries(view.connection, "client")
    }
