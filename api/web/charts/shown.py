"""A chart as a page shows it: where the script fetches it, its picture and its rows for the first moment."""

from collections.abc import Mapping
from dataclasses import dataclass
from urllib.parse import quote, urlencode

from markupsafe import Markup

from api.deps import Caller
from api.web.charts.measure import ChartRequest, measured
from api.web.charts.model import Chart
from api.web.charts.rows import Row, rows_of
from api.web.charts.svg import as_svg
from api.web.frame.formats import Clock
from api.web.frame.texts import text
from domain.errors import UnavailableError
from domain.times import format_instant
from store.loaded import LoadedHistory, LoadedSeries
from store.window import LocalHistory

_WORDS = ("loading", "failed", "again", "empty", "keys", "farthest", "range")


@dataclass(frozen=True, slots=True)
class ChartView:
    """A chart on a page; `chart` None: the store of readings does not answer, and `failure` says why."""

    id: str
    address: str  # of the data, without the span of time
    label: str  # what a screen reader says of the picture
    chart: Chart | None
    failure: str = ""
    follows: bool = True  # it is fetched again as time goes on
    span: tuple[int, int] | None = None  # that somebody asked for

    def link(self, form: str) -> str:
        """Return the address of another form of what is shown."""
        asked = {} if self.span is None else dict(zip(("since", "until"), map(format_instant, self.span), strict=True))
        return f"{self.address}{'&' if '?' in self.address else '?'}{urlencode({'form': form, **asked})}"

    @property
    def words(self) -> Mapping[str, str]:
        """What the script says."""
        return {"label": self.label} | {name: text(f"chart.{name}") for name in _WORDS}

    @property
    def rows(self) -> list[Row]:
        """The chart in rows."""
        return rows_of(self.chart) if self.chart else []

    def picture(self, clock: Clock) -> Markup:
        """The chart as it stands in the page until the script has drawn it, and on paper."""
        return as_svg(self.chart, clock, self.label) if self.chart else Markup("")


def shown(
    caller: Caller,
    asked: ChartRequest,
    id: str,
    address: str,
    label: str,
    is_asked: bool = False,
    loaded: LoadedSeries | None = None,
    as_known: bool = False,
) -> ChartView:
    """Ask the store of readings for a chart; one that does not answer is said in its place, the page stays.

    `is_asked`: its span of time was asked for, and is no preset. `loaded`: series that were read whole already, for
    which the local store is not asked again, and no store `as_known` at an instant.
    """
    history = caller.services.history
    if loaded is not None and (as_known or isinstance(history, LocalHistory)):
        history = LoadedHistory(loaded)
    try:
        chart = measured(history, asked)
    except UnavailableError as error:
        return ChartView(id, address, label, None, str(error))
    span = (asked.since, asked.until) if is_asked else None
    return ChartView(id, address, label, chart, follows=asked.until >= asked.now and not as_known, span=span)


def address_of(kind: str, *path: str, **query: str | None) -> str:
    """Return the address of a chart's data, e.g. `/charts/batch/VAX/A1?unit=PALLET-7`."""
    given = {name: value for name, value in query.items() if value is not None}
    place = "/".join(quote(step, safe="") for step in path)
    return f"/charts/{kind}/{place}" + (f"?{urlencode(given)}" if given else "")
