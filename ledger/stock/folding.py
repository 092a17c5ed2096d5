"""Movements happen to the units that they concern: what each came to, as rows will say it."""

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field

from batches.effects import Happening, happen
from batches.movements import Done, Movement
from batches.recorded import filled
from batches.stock import Flow, Position, Stock, Unit
from domain.errors import ConflictError
from domain.model import UnitKey
from ledger.stock.restoring import Restored, placed
from store.stock.units import Placed

Check = Callable[[Stock, Movement], None]  # raises ConflictError for what is not recorded although it is possible


@dataclass(slots=True)
class Folded:
    """What movements came to, in the order of happening."""

    states: list[tuple[UnitKey, Position, Placed]] = field(default_factory=list)
    sources: list[tuple[UnitKey, UnitKey, Position]] = field(default_factory=list)  # unit, from
    flows: list[tuple[UnitKey, Position, Flow]] = field(default_factory=list)
    done: dict[int, Done] = field(default_factory=dict)  # by number, with quantities that were left out


def fold(
    stock: Stock, before: Restored, movements: Iterable[Movement], names: Mapping[int, str], check: Check
) -> Folded:
    """Let movements happen. Raises ConflictError with the first that is not possible where it stands.

    `before`: units as of just before the positions from which on they are concerned; none of them is in the stock
    earlier, for a delivery of all that is on its way would take it. `names`: how those that are new are named in what
    was given; the others are on record.
    """
    found = Folded()
    begun: set[UnitKey] = set()
    for movement in movements:
        begun.update(before.put_into(stock, movement.position))
        stock.touched.clear()
        happening = Happening(stock, movement)
        name = names.get(movement.line)
        try:
            if name is not None:
                check(stock, movement)
            happen(movement.done, happening)
        except ConflictError as error:
            raise ConflictError(_refusal(movement, name, error)) from error
        found.done[movement.line] = filled(movement.done, [flow for _, flow in happening.noted])
        found.flows += [(unit.key, happening.position, flow) for unit, flow in happening.noted]
        for unit in stock.touched.values():
            found.states.append((unit.key, happening.position, placed(stock, unit)))
            if unit.key not in begun:
                begun.add(unit.key)
                found.sources += [(unit.key, source.key, happening.position) for source in _once(unit.sources)]
    return found


def _once(units: Iterable[Unit]) -> Iterable[Unit]:
    return dict.fromkeys(units)


def _refusal(movement: Movement, name: str | None, error: ConflictError) -> str:
    if name is not None:
        return f"{name}: {error}".removeprefix(": ")
    return f"{movement.id} on record would become impossible: {error}"
