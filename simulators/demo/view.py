"""The overview on a terminal: tables that are drawn anew every second."""

from types import TracebackType
from typing import Self

from rich import box
from rich.console import Console, Group, RenderableType
from rich.live import Live
from rich.table import Table
from rich.text import Text

from simulators.demo.overview import Overview, Place, Reading
from simulators.times import SECOND

WIDE = 118
_STYLES = {"critical": "bold red", "warning": "yellow", "held": "bold red"}


class View:
    """Draws boards in place."""

    def __init__(self, console: Console) -> None:
        self._console = console
        self._live = Live(console=console, auto_refresh=False)

    def __enter__(self) -> Self:
        self._live.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, traceback: TracebackType | None
    ) -> None:
        """Leave the last picture on the screen."""
        self._live.stop()

    def say(self, text: str) -> None:
        """Show what is going on beside the overview."""
        self._console.print(text, highlight=False, markup=False)

    def show(self, overview: Overview, now: int) -> None:
        """Draw an overview."""
        self._live.update(draw(overview, now, self._console.width), refresh=True)


def draw(overview: Overview, now: int, width: int) -> RenderableType:
    """Return the tables of an overview, what matters most on top: a low terminal cuts off the end."""
    places, readings = _places(overview), _readings(overview, now)
    if width < WIDE:
        return Group(_problems(overview), _holds(overview), places, readings)
    beside = Table.grid(padding=(0, 2))
    beside.add_row(places, readings)
    return Group(_problems(overview), _holds(overview), beside)


def _places(overview: Overview) -> Table:
    table = _table("Places", "place", "°C", "outside", "stock")
    for place in overview.places:
        style = "bold red" if place.outside else ""
        table.add_row(place.name, Text(_range(place), style), Text(place.outside, style), Text(", ".join(place.stock)))
    return table


def _readings(overview: Overview, now: int) -> Table:
    table = _table("Readings", "sensor", "°C", "% RH", "age")
    for reading in overview.readings:
        table.add_row(reading.sensor, _number(reading.temperature), _number(reading.humidity), Text(_age(reading, now)))
    return table


def _problems(overview: Overview) -> RenderableType:
    if not overview.problems:
        return Text("Problems: none\n")
    table = _table("Problems", "", "place", "severity", "since", "state", "what")
    for problem in overview.problems:
        style = _STYLES.get(problem.severity, "")
        number, severity, what = str(problem.number), Text(problem.severity, style), Text(problem.sentence)
        table.add_row(number, problem.place, severity, problem.since, problem.state, what)
    return table


def _holds(overview: Overview) -> RenderableType:
    if not overview.holds:
        return Text("Holds: none\n")
    table = _table("Holds", "", "unit", "state", "since", "why")
    for hold in overview.holds:
        style = _STYLES.get(hold.state, "")
        why = Text(hold.sentence, no_wrap=True, overflow="ellipsis")
        table.add_row(str(hold.number), Text(hold.unit, style), hold.state, hold.placed_at, why)
    return table


def _table(title: str, *columns: str) -> Table:
    table = Table(title=title, title_justify="left", title_style="bold", box=box.SIMPLE_HEAD, pad_edge=False)
    for column in columns:
        number = column in ("°C", "% RH", "age")
        table.add_column(column, justify="right" if number else "left", no_wrap=number, overflow="fold")
    return table


def _range(place: Place) -> str:
    if not place.temperatures:
        return ""
    low, high = place.temperatures[0], place.temperatures[-1]
    return f"{low:.1f}" if low == high else f"{low:.1f} … {high:.1f}"


def _number(value: float | None) -> str:
    return "–" if value is None else f"{value:.1f}"


def _age(reading: Reading, now: int) -> str:
    if reading.measured_at is None:
        return "–"
    seconds = max(0, (now - reading.measured_at) // SECOND)
    return f"{seconds} s" if seconds < 120 else f"{seconds // 60} min"
