"""The panel in which a person releases or rejects units: what it offers, what its buttons say, and doing it.

A button says what it will do. Where the choice changed after it was written (no script runs), nothing is done yet:
the panel comes back with the button put right.
"""

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace

from markupsafe import Markup
from sqlalchemy import select

from api import corrections
from api.deps import View
from api.people.register import find_account
from api.web.frame.forms import written
from api.web.frame.naming import UnitName, in_order
from api.web.frame.sentences import say
from api.web.frame.session import Visitor
from api.web.frame.texts import text
from domain.errors import ColdchainError, ConflictError, InvalidError
from ledger.models.hold import Hold, hold_of
from ledger.requests import Signature
from store.tables import holds

STATES = ("released", "rejected")
AT_MOST = 1000  # holds in one action


@dataclass(frozen=True, slots=True)
class PanelUnit:
    """A unit that may be chosen, with its holds; `others`: it stays on hold for another reason."""

    name: UnitName
    holds: tuple[int, ...]
    state: str  # held, or what somebody made of it meanwhile
    disposed_by: str | None = None
    others: int = 0

    @property
    def value(self) -> str:
        """What the form sends for it."""
        return ",".join(map(str, self.holds))


@dataclass(frozen=True, slots=True)
class Panel:
    """What the panel shows. `chosen` are holds; `back` is the page to return to; `wrong` was refused with `code`."""

    units: Sequence[PanelUnit]
    chosen: frozenset[int]
    signer: str
    back: str
    reason: str = ""
    wrong: str = ""
    code: str = ""
    notice: str = ""

    @property
    def held(self) -> list[PanelUnit]:
        """The units that may still be chosen."""
        return [unit for unit in self.units if unit.state == "held"]

    def is_chosen(self, unit: PanelUnit) -> bool:
        """Tell whether the unit's box is ticked."""
        return not self.chosen.isdisjoint(unit.holds)

    def without_choice(self) -> "Panel":
        """Return the panel with no unit chosen yet."""
        return replace(self, chosen=frozenset())

    @property
    def said(self) -> str:
        """What the buttons speak of, for the form to bring back."""
        return ",".join(unit.value for unit in self.held if self.is_chosen(unit))

    def button(self, state: str) -> Markup:
        """Return what the button does, e.g. `Release 2 of 3 units of A1`."""
        chosen = [unit for unit in self.held if self.is_chosen(unit)]
        lots = {unit.name[:2] for unit in chosen}
        of_lots = [unit for unit in self.held if unit.name[:2] in lots]
        if not chosen:
            return say(f"disposition.{state}_none")
        if len(chosen) == len(of_lots) == 1:
            product, lot, unit = chosen[0].name
            name = say("disposition.unit_of", unit=unit, lot=lot) if unit else f"{product} {lot}"
            return say(f"disposition.{state}_one", name=name)
        what = next(iter(lots))[1] if len(lots) == 1 else text("disposition.lots", count=len(lots))
        if len(chosen) == len(of_lots):
            return say(f"disposition.{state}_all", count=len(chosen), lot=what)
        return say(f"disposition.{state}_some", count=len(chosen), all=len(of_lots), lot=what)


def panel(visitor: Visitor, view: View, found: Iterable[Hold], back: str, *, are_all: bool = False) -> Panel | None:
    """Return the panel for these holds with everything held chosen; None where nothing is.

    `are_all`: the units are under no other holds.
    """
    offered = list(found)
    units = _units(offered[:AT_MOST], Counter(hold.key for hold in offered) if are_all else _held_in_all(view, offered))
    chosen = frozenset(number for unit in units if unit.state == "held" for number in unit.holds)
    return Panel(units, chosen, _signer(view, visitor), back) if chosen else None


def panel_again(
    visitor: Visitor, view: View, offered: Iterable[int], chosen: Iterable[int], reason: str, back: str
) -> Panel:
    """Return the panel as it was sent, and what its holds are by now; `wrong` if somebody was faster."""
    found = _holds(view, offered)
    again = Panel(_units(found, _held_in_all(view, found)), frozenset(chosen), _signer(view, visitor), back, reason)
    gone = next((hold for hold in found if hold.id in again.chosen and not hold.is_open), None)
    if gone is None:
        return again
    words = {"who": gone.disposed_by, "state": text(f"words.{gone.state}"), "name": _named(gone.key)}
    return replace(again, wrong=text("disposition.faster", **words), code=ConflictError.code)


def decide(visitor: Visitor, shown: Panel, said: Iterable[int], state: str, password: str) -> Panel | None:
    """Do what the button said; return None when it is done, else the panel with what is wrong."""
    if shown.wrong:
        return shown
    if frozenset(said) != shown.chosen:
        return replace(shown, notice=text("disposition.look_again"))
    try:
        reason = _checked(shown, state)
        visitor.sign(password)
        signature = Signature(shown.signer, text(f"disposition.meaning_{state}"))
        corrections.dispose(visitor, state, sorted(shown.chosen), reason, signature)
    except ColdchainError as error:
        return replace(shown, wrong=str(error), code=error.code)
    return None


def numbers(values: Iterable[str]) -> list[int]:
    """Return the holds that fields of the form name. Raises InvalidError for what no panel sent."""
    found = [each for value in values for each in value.split(",") if each]
    wrong = next((each for each in found if not (each.isascii() and each.isdecimal() and len(each) < 19)), None)
    if wrong is not None:
        raise InvalidError(f"not a hold: {wrong[:80]!r}")
    if len(found) > AT_MOST:
        raise InvalidError(f"at most {AT_MOST} holds at once, not {len(found)}")
    return [int(each) for each in found]


def _checked(shown: Panel, state: str) -> str:
    """Return the reason. Raises InvalidError for what cannot be done."""
    if state not in STATES:
        raise InvalidError(f"a hold is released or rejected, not {state[:80]!r}")
    if not shown.chosen:
        raise InvalidError(text("disposition.nothing_chosen"))
    reason = written(shown.reason)
    if not reason:
        raise InvalidError(text("disposition.no_reason"))
    return reason


def _named(name: UnitName) -> str:
    product, lot, unit = name
    return f"{unit} of {product} {lot}" if unit else f"{product} {lot}"


def _signer(view: View, visitor: Visitor) -> str:
    """Return the printed name that a signature carries."""
    return find_account(view.connection, visitor.person.name).full_name


def _holds(view: View, ids: Iterable[int]) -> list[Hold]:
    query = select(holds).where(holds.c.id.in_(sorted(set(ids)))).order_by(holds.c.id)
    return [hold_of(row._mapping) for row in view.connection.execute(query)]


def _units(found: Iterable[Hold], held: Mapping[UnitName, int]) -> list[PanelUnit]:
    """Return the units of these holds; `held`: how many holds each unit is under, whatever the problem."""
    by_unit: dict[UnitName, list[Hold]] = {}
    for hold in found:
        by_unit.setdefault(hold.key, []).append(hold)
    units = [_unit(name, own) for name, own in sorted(by_unit.items(), key=lambda item: in_order(item[0]))]
    return [
        replace(unit, others=held.get(unit.name, 0) - len(unit.holds)) if unit.state == "held" else unit
        for unit in units
    ]


def _unit(name: UnitName, found: Sequence[Hold]) -> PanelUnit:
    held = tuple(hold.id for hold in found if hold.is_open)
    if held:
        return PanelUnit(name, held, "held")
    last = found[-1]
    return PanelUnit(name, tuple(hold.id for hold in found), last.state, last.disposed_by)


def _held_in_all(view: View, offered: Iterable[Hold]) -> dict[UnitName, int]:
    """Return how many holds each unit is under, whatever the problem."""
    found: dict[UnitName, int] = {}
    for product, lot in {hold.key[:2] for hold in offered}:
        of_lot = (holds.c.product == product) & (holds.c.lot == lot) & (holds.c.state == "held")
        for row in view.connection.execute(select(holds.c.product, holds.c.lot, holds.c.unit).where(of_lot)):
            name = (row.product, row.lot, row.unit)
            found[name] = found.get(name, 0) + 1
    return found
