"""The page of one problem: everything that its template shows, put together."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from api.deps import View
from api.forecast.cache import ForecastCache
from api.forecast.sensors import QUANTITY
from api.people.roles import Permission
from api.reads.alerts import find_alert
from api.reads.finality import Finalities
from api.reads.names import names_of
from api.web.charts.gather import Wanted, asked_of_problem
from api.web.charts.measure import ChartRequest
from api.web.charts.shown import ChartView, address_of, shown
from api.web.components.date_range import EVER, DateRange
from api.web.components.disposition import Panel, panel
from api.web.components.finality import FinalityWords, explained
from api.web.components.known_at import NOW, KnownAt
from api.web.forecast.view import PlaceForecast, place_forecast
from api.web.frame.sentences import clock_of
from api.web.frame.session import Visitor
from api.web.frame.texts import text
from api.web.problem.answer import Answer, answer, version_and_rule
from api.web.problem.exposed import exposed
from api.web.problem.item import Item
from api.web.problem.lots import LotRow, lot_rows
from api.web.problem.measured import Evidence, evidence
from api.web.problem.record import Record, read_firings, read_holds, read_record
from api.web.problem.settled import settled_of
from api.web.problem.timeline import timeline
from api.web.problem.why import RuleWords, rules_that_fired
from domain.model import Site
from domain.times import MINUTE
from ledger.models.alert import Alert
from rules.alarms.problems import Fired
from store.loaded import LoadedSeries

SHOWN_AT_MOST = 100  # entries of the timeline, and units, unless all are asked for
DEFAULT_GAP = 30 * MINUTE


@dataclass(frozen=True, slots=True)
class Story:
    """What changes while the page is open: the answer, the lots, the timeline; `older` and `more` are left out."""

    record: Record
    alert: Alert
    place_name: str | None
    clients: Mapping[str, str]  # their names
    answer: Answer
    settled: FinalityWords
    lots: list[LotRow]
    more: int
    items: list[Item]
    older: int
    to_come: PlaceForecast | None  # while it goes on


@dataclass(frozen=True, slots=True)
class Grounds:
    """What is read when the page is opened: why it is a problem, what was measured, what may be decided."""

    rules: list[RuleWords]
    evidence: Evidence | None
    panel: Panel | None
    asked: ChartRequest | None  # of the chart; None where the place is no more


def story_of(view: View, number: int, whole: bool, forecasts: ForecastCache | None) -> Story:
    """Read what a problem's page says; `forecasts` None: nothing of what is to come.

    Raises NotFoundError for a problem that is not there.
    """
    site, clock = view.snapshot.site, clock_of(view)
    record = read_record(view, find_alert(view, number, text("problem.none", number=number)))
    allowed = exposed(view, record.alert)
    clients = {each.key[:2]: site.batches[each.key[:2]].client for each in allowed}
    lots, items = lot_rows(record, view.now, allowed, clients), timeline(record, clock, view.snapshot.called)
    place = view.snapshot.called.get(record.alert.place)
    most = len(lots) + len(items) if whole else SHOWN_AT_MOST
    return Story(
        record=record,
        alert=record.alert,
        place_name=place,
        clients=names_of(view, "client"),
        answer=answer(record, lots, site, clock, place),
        settled=explained(settled_of(Finalities(view), record), clock, goes_on=record.alert.until is None),
        lots=lots[:most],
        more=max(0, len(lots) - most),
        items=items[:most],
        older=max(0, len(items) - most),
        to_come=_to_come(view, record.alert, forecasts) if forecasts is not None else None,
    )


def _to_come(view: View, alert: Alert, forecasts: ForecastCache) -> PlaceForecast | None:
    """Return what is foreseen of a problem that goes on: of the same place, by the same trend."""
    goes_on = alert.founded and alert.over_since is None and alert.quantity == QUANTITY
    found = forecasts.at(alert.place) if goes_on else None
    same = found is not None and found.sign == {"high": 1, "low": -1}.get(alert.direction)
    return place_forecast(view, alert.place, found) if same else None


def grounds_of(visitor: Visitor, view: View, alert: Alert, peak: int | None, chosen: DateRange = EVER) -> Grounds:
    """Read what a problem's page rests on."""
    site, firings = view.snapshot.site, read_firings(view, alert)
    return Grounds(
        rules=rules_that_fired(firings, site, view.snapshot.called),
        evidence=evidence(view, alert, peak, _max_gap(firings, site)),
        panel=_panel(visitor, view, alert) if view.known_at is None else None,
        asked=_chart(view, alert, chosen),
    )


def chart_of(
    visitor: Visitor,
    alert: Alert,
    place: str | None,
    asked: ChartRequest | None,
    is_asked: bool = False,
    *,
    known: KnownAt = NOW,
    loaded: LoadedSeries | None = None,
) -> ChartView | None:
    """Return the chart of a page: read when the look at the database has ended; `loaded`: as it was known."""
    if asked is None:
        return None
    address = address_of("problem", str(alert.id), quantity=asked.quantity, **known.parameter)
    label = text("problem.chart_label", quantity=text(f"words.{asked.quantity}"), place=place or alert.place)
    return shown(visitor, asked, "chart", address, label, is_asked, loaded, known.is_past)


def _chart(view: View, alert: Alert, chosen: DateRange) -> ChartRequest | None:
    if alert.place not in view.snapshot.site.locations:
        return None
    return asked_of_problem(view, alert.id, Wanted(alert.quantity or "temperature", chosen.since, chosen.until))


def _panel(visitor: Visitor, view: View, alert: Alert) -> Panel | None:
    if not visitor.person.may(Permission.DISPOSE):
        return None
    held = [hold for hold in read_holds(view, alert) if hold.is_open]
    return panel(visitor, view, held, f"/problems/{alert.id}")


def _max_gap(fired: Sequence[Fired], site: Site) -> int:
    """Return for how long a reading counts, by the profile version that fired first."""
    versions = (version_and_rule(site, each.firing)[0] for each in fired)
    return next((version.max_gap for version in versions if version is not None), DEFAULT_GAP)
