"""The movements of a site in the order in which they happened, and whether they could.

Voids that cannot be are refused first, in the order of the lines. What is not voided happens in the order of `at`,
equal ones in the order of the lines; the first that is not possible where it stands is named.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from batches.effects import Happening, happen
from batches.movements import Movement, Void
from batches.stock import Stock
from domain.errors import ConflictError, Refused
from domain.times import format_instant


@dataclass(slots=True)
class History:
    """Movements in the order of happening, those that never happened left out; stock is folded from them once."""

    file: str
    recorded: Sequence[Movement]
    happened: list[Movement]  # voids too, which do nothing
    now: int
    stock: Stock
    position: int = 0  # how many have happened to the stock

    def until(self, instant: int) -> Stock:
        """Return the stock as it was by an instant, which may not be earlier than the one asked for before.

        Raises Refused with the first movement that is not possible, e.g. `M.jsonl:14 M0007: why`.
        """
        while self.position < len(self.happened) and self.happened[self.position].at <= instant:
            movement = self.happened[self.position]
            try:
                if movement.at > self.now:
                    raise ConflictError(f"{format_instant(movement.at)} is after now, {format_instant(self.now)}")
                happen(movement.done, Happening(self.stock, movement))
            except ConflictError as error:
                raise Refused([named(self.file, movement, str(error))]) from error
            self.position += 1
        return self.stock

    def all(self) -> Stock:
        """Return the stock after everything. Raises Refused as `until`."""
        return self.until(self.happened[-1].at) if self.happened else self.stock

    @property
    def last(self) -> int | None:
        """Return the greatest instant of what happened, voids aside."""
        return max((movement.at for movement in self.happened if not isinstance(movement.done, Void)), default=None)

    def find(self, name: str) -> Movement | None:
        """Return the movement of an id that happened."""
        return next((movement for movement in self.happened if movement.id == name), None)


def history(recorded: Sequence[Movement], now: int, file: str) -> History:
    """Return what happened. Raises Refused with the first void that cannot be."""
    voided = {id(movement) for movement in _voided(recorded, file)}
    happened = sorted((movement for movement in recorded if id(movement) not in voided), key=lambda each: each.position)
    return History(file, recorded, happened, now, Stock())


def named(file: str, movement: Movement, why: str) -> str:
    """Return e.g. `M.jsonl:14 M0007: why`."""
    return f"{file}:{movement.line} {movement.id}: {why}"


def why_no_void(name: str, is_known: bool, is_void: bool, voided_by: str | None) -> str | None:
    """Return why the movement of an id cannot be voided; None: it can."""
    if not is_known:
        return f'there is no movement "{name}" before it'
    if is_void:
        return f'"{name}" is a void; record what it voided again instead'
    return None if voided_by is None else f'"{name}" is voided already, by "{voided_by}"'


def _voided(recorded: Sequence[Movement], file: str) -> Iterator[Movement]:
    before: dict[str, Movement] = {}
    voided_by: dict[str, str] = {}
    for movement in recorded:
        if isinstance(movement.done, Void):
            name = movement.done.movement
            is_void = name in before and isinstance(before[name].done, Void)
            wrong = why_no_void(name, name in before, is_void, voided_by.get(name))
            if wrong is not None:
                raise Refused([named(file, movement, wrong)])
            voided_by[name] = movement.id
            yield before[name]
        before[movement.id] = movement
