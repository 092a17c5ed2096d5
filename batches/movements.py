"""What can be recorded of stock: a movement and, for each `do`, what it says (CONTRACTS, section 5).

Instants are microseconds, quantities integers of 10⁻⁶ of the product's unit of measure.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Literal, TypeAlias

from domain.model import BatchKey, UnitKey

Status: TypeAlias = Literal["unreleased", "released", "quarantined", "rejected", "recalled"]

Kind: TypeAlias = Literal[
    "receive", "make", "split", "merge", "move", "ship", "deliver", "return",
    "adjust", "destroy", "count", "status", "void",
]  # fmt: skip

STATUSES: tuple[Status, ...] = ("unreleased", "released", "quarantined", "rejected", "recalled")


@dataclass(frozen=True, slots=True)
class Item:
    """A unit, perhaps how much of it, and the name of the new unit that so much of it becomes."""

    unit: UnitKey
    quantity: int | None = None
    name: str | None = None  # `as`

    @property
    def new(self) -> UnitKey | None:
        """Return the unit that `as` names."""
        return None if self.name is None else self.unit._replace(unit=self.name)


@dataclass(frozen=True, slots=True)
class Receive:
    """A unit begins, or the unit without a name grows."""

    unit: UnitKey
    quantity: int
    location: str
    party: str | None


@dataclass(frozen=True, slots=True)
class Output:
    """A unit that is made."""

    unit: UnitKey
    quantity: int
    location: str


@dataclass(frozen=True, slots=True)
class Make:
    """The inputs are used up, the outputs begin."""

    inputs: tuple[Item, ...]
    outputs: tuple[Output, ...]


@dataclass(frozen=True, slots=True)
class Split:
    """New units of the lot begin from a unit, which keeps the rest."""

    unit: UnitKey
    into: tuple[Item, ...]  # of the unit, each with quantity and name


@dataclass(frozen=True, slots=True)
class Merge:
    """Units end, and one begins from all of them."""

    units: tuple[UnitKey, ...]
    new: UnitKey


@dataclass(frozen=True, slots=True)
class Move:
    """Units go to a location."""

    units: tuple[Item, ...]
    to: str


@dataclass(frozen=True, slots=True)
class Ship:
    """Units leave the stock for a party."""

    shipment: str
    party: str
    via: str | None
    units: tuple[Item, ...]


@dataclass(frozen=True, slots=True)
class Deliver:
    """Units of a shipment have arrived; None: all that are on their way."""

    shipment: str
    units: tuple[UnitKey, ...] | None


@dataclass(frozen=True, slots=True)
class Return:
    """What was shipped to the party is in stock again."""

    units: tuple[Item, ...]
    location: str
    party: str


@dataclass(frozen=True, slots=True)
class Adjust:
    """There is more or less than was thought; `location`: where a unit that has ended stands again."""

    unit: UnitKey
    by: int
    location: str | None


@dataclass(frozen=True, slots=True)
class Destroy:
    """So much of each is gone."""

    units: tuple[Item, ...]


@dataclass(frozen=True, slots=True)
class Count:
    """Somebody counted at a location; the lines of a unit are added up."""

    location: str
    counted: Mapping[UnitKey, int]
    is_complete: bool


@dataclass(frozen=True, slots=True)
class SetStatus:
    """The status of a lot, or of one unit of it, from then on."""

    batch: BatchKey
    unit: UnitKey | None  # None: the lot's
    status: Status


@dataclass(frozen=True, slots=True)
class Void:
    """An earlier movement never happened."""

    movement: str


Done: TypeAlias = (
    Receive | Make | Split | Merge | Move | Ship | Deliver | Return | Adjust | Destroy | Count | SetStatus | Void
)


@dataclass(frozen=True, slots=True)
class Movement:
    """What happened to stock at an instant. `line`: its place in the order in which movements were recorded, from 1."""

    line: int
    id: str
    at: int
    done: Done

    @property
    def position(self) -> tuple[int, int]:
        """Return where it stands in the order of happening: its instant, and its place in the order of recording."""
        return self.at, self.line


def show_unit(unit: UnitKey) -> str:
    """Return e.g. `VAX A1 PALLET-7`; the unit without a name is `VAX A1 (no unit)`."""
    return f"{unit.product} {unit.lot} " + ("(no unit)" if unit.unit is None else unit.unit)
