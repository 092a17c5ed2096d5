"""What a chart shows, as plain data. Instants in microseconds, values in 10⁻⁶ of the unit."""

from dataclasses import dataclass
from typing import NamedTuple


class Step(NamedTuple):
    """A value, or the extremes of several, that holds over `[since, until)`."""

    since: int
    until: int
    low: int
    high: int


class SensorSteps(NamedTuple):
    """What one sensor said while it spoke; `name` None: not for this person to know."""

    key: object  # tells sensors apart, whatever they are called
    name: str | None
    steps: tuple[Step, ...]


@dataclass(frozen=True, slots=True)
class Line:
    """Values along the edges of the columns; sensors that never speak at once share a line."""

    names: tuple[tuple[int, str | None], ...]  # from which column on it is whose
    low: list[int | None]
    high: list[int | None]


@dataclass(frozen=True, slots=True)
class Columns:
    """Values at `edges`, each holding to the next edge; None where nothing is known."""

    edges: list[int]
    lines: list[Line]
    low: list[int | None]  # of all lines
    high: list[int | None]
    thick: list[int | None]  # the farthest out


class Limit(NamedTuple):
    """A bound in force over `[since, until)`: outside is above it (`side` +1) or below it (-1)."""

    since: int
    until: int
    value: int
    side: int
    rules: tuple[str, ...]


class Stand(NamedTuple):
    """A time at a place; `name` None: not for this person to know."""

    since: int
    until: int
    name: str | None
    inherited: bool


class Gap(NamedTuple):
    """Nothing is known over `[since, until)`: `silent`, `unmeasured` (no sensor) or `nowhere` (no place)."""

    since: int
    until: int
    kind: str


class Shade(NamedTuple):
    """An interval outside a rule; `until` None: it goes on."""

    since: int
    until: int | None
    rule: str
    fired_at: int | None
    direction: int  # +1 too high, -1 too low, 0 for what has no bounds


class Mark(NamedTuple):
    """Something that happened at an instant; `kind` is a word of texts/en/chart.toml."""

    at: int
    kind: str
    name: str


class Budget(NamedTuple):
    """What is left of what a rule allows in all, a line through points `(instant, left)`."""

    rule: str
    total: int
    window: int | None
    points: tuple[tuple[int, int], ...]


@dataclass(frozen=True, slots=True)
class Chart:
    """Everything that is drawn of one quantity over `[since, until)`."""

    quantity: str
    since: int
    until: int
    columns: Columns
    reduced: bool  # columns hold the extremes of several readings
    sensors: int
    stands: tuple[Stand, ...] = ()
    limits: tuple[Limit, ...] = ()
    gaps: tuple[Gap, ...] = ()
    shades: tuple[Shade, ...] = ()
    marks: tuple[Mark, ...] = ()
    budgets: tuple[Budget, ...] = ()
    begins: int | None = None  # there is nothing to be seen before
    ends: int | None = None  # nor from here on

    @property
    def is_empty(self) -> bool:
        """Tell whether nothing was measured."""
        return all(value is None for value in self.columns.high)
