"""The panel in which a person releases or rejects units: what it offers, what its buttons say, and doing it.

Nothing is chosen beforehand. A button says what it will do. Where the choice changed after it was written (no script
runs), nothing is done yet: the panel comes back with the button put right. The panel shows the numbers that are signed,
and what is not known yet: a release covers what is known, and what the signer allows beyond it.
"""

import re
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace

from markupsafe import Markup
from sqlalchemy import select

from api import corrections
from api.deps import View
from api.people.register import find_account
from api.reads.present import Present, present_of
from api.web.components.allowing import NOTHING_ALLOWED, AllowForm
from api.web.components.finality import missing
from api.web.components.signed import numbers_of
from api.web.frame.formats import Clock, value
from api.web.frame.forms import needed
from api.web.frame.naming import UnitName, in_order
from api.web.frame.sentences import clock_of, say
from api.web.frame.session import Visitor
from api.web.frame.texts import text
from domain.errors import ColdchainError, ConflictError, InvalidError
from ledger.models.hold import Hold, hold_of
from ledger.requests import Shown, Signature
from store.tables import holds

STATES = ("released", "rejected")
_SHOWN = re.compile(r"(\d{1,18}):(\d{1,9}):(\d{1,9}(?:\.\d{1,6})?):(-?\d{1,15})?")
AT_MOST = 1000  # holds in one action


@dataclass(frozen=True, slots=True)
class SignedHold:
    """A hold with the numbers that are signed, and what is not known yet of it."""

    hold: Hold
    numbers: str
    outside: str  # "": it is not, now
    outstanding: str  # "": nothing

    @property
    def value(self) -> str:
        """What the form sends of what was shown: hold, revision, minutes, peak."""
        why = self.hold.why
        return f"{self.hold.id}:{self.hold.revision}:{why.minutes or 0}:{'' if why.peak is None else why.peak}"


@dataclass(frozen=True, slots=True)
class PanelUnit:
    """A unit that may be chosen, with its holds; `others`: it stays on hold for another reason."""

    name: UnitName
    holds: tuple[int, ...]
    state: str  # held, or what somebody made of it meanwhile
    disposed_by: str | None = None
    others: int = 0
    signed: tuple[SignedHold, ...] = ()

    @property
    def is_known(self) -> bool:
        """Tell whether it is not outside, and nothing is outstanding."""
        return not any(each.outside or each.outstanding for each in self.signed)

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
    allow: AllowForm = NOTHING_ALLOWED
    shown: Sequence[Shown] = ()

    @property
    def is_known(self) -> bool:
        """Tell whether all is known of the units that may be chosen."""
        return all(unit.is_known for unit in self.held)

    @property
    def held(self) -> list[PanelUnit]:
        """The units that may still be chosen."""
        return [unit for unit in self.units if unit.state == "held"]

    def is_chosen(self, unit: PanelUnit) -> bool:
        """Tell whether the unit's box is ticked."""
        return not self.chosen.isdisjoint(unit.holds)

    @property
    def chosen_units(self) -> str:
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


@dataclass(frozen=True, slots=True)
class DispositionForm:
    """What the form brought back beside the choice."""

    reason: str
    back: str
    allow: AllowForm
    shown: Sequence[Shown] = ()


def panel(visitor: Visitor, view: View, found: Iterable[Hold], back: str, *, are_all: bool = False) -> Panel | None:
    """Return the panel for these holds with nothing chosen; None where nothing is held.

    `are_all`: the units are under no other holds.
    """
    offered = list(found)
    others = _held_in_all(view, offered) if not are_all else dict(Counter[UnitName](hold.key for hold in offered))
    units = _units(view, offered[:AT_MOST], others)
    if not any(unit.state == "held" for unit in units):
        return None
    return Panel(units, frozenset(), _signer(view, visitor), back)


def panel_again(
    visitor: Visitor,
    view: View,
    offered: Iterable[int],
    chosen: Iterable[int],
    form: DispositionForm,
) -> Panel:
    """Return the panel as it was sent, and what its holds are by now; `wrong` if somebody was faster."""
    found = _holds(view, offered)
    again = Panel(
        _units(view, found, _held_in_all(view, found)),
        frozenset(chosen),
        _signer(view, visitor),
        form.back,
        form.reason,
        allow=form.allow,
        shown=form.shown,
    )
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
        _check_known(shown, state)
        visitor.sign(password)
        signature = Signature(shown.signer, text(f"disposition.meaning_{state}"))
        allow = shown.allow.read() if state == "released" else None
        seen = [each for each in shown.shown if each.hold in shown.chosen]
        corrections.dispose(visitor, state, sorted(shown.chosen), reason, signature, allow=allow, shown=seen)
    except ColdchainError as error:
        return replace(shown, wrong=str(error), code=error.code)
    return None


def what_was_shown(values: Iterable[str]) -> list[Shown]:
    """Return what the form says was shown of its holds. Raises InvalidError for what no panel sent."""
    found = []
    for each in values:
        match = _SHOWN.fullmatch(each)
        if match is None:
            raise InvalidError(f"not a hold as it was shown: {each[:80]!r}")
        hold, revision, length, peak = match.groups()
        found.append(Shown(int(hold), int(revision), float(length), None if peak is None else int(peak)))
    return found[:AT_MOST]


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
    return needed(shown.reason, "disposition.no_reason")


def _check_known(shown: Panel, state: str) -> None:
    """Raise ConflictError where a release would cover what is not known, InvalidError for half an allowance."""
    if state != "released" or shown.allow.read() is not None:
        return
    unit = next((each for each in shown.held if shown.is_chosen(each) and not each.is_known), None)
    if unit is not None:
        which = next(each for each in unit.signed if each.outside or each.outstanding)
        said = which.outside or which.outstanding
        raise ConflictError(text("disposition.not_known", name=_named(unit.name), said=said))


def _named(name: UnitName) -> str:
    product, lot, unit = name
    return f"{unit} of {product} {lot}" if unit else f"{product} {lot}"


def _signer(view: View, visitor: Visitor) -> str:
    """Return the printed name that a signature carries."""
    return find_account(view.connection, visitor.person.name).full_name


def _holds(view: View, ids: Iterable[int]) -> list[Hold]:
    query = select(holds).where(holds.c.id.in_(sorted(set(ids)))).order_by(holds.c.id)
    return [hold_of(row._mapping) for row in view.connection.execute(query)]


def _units(view: View, found: Sequence[Hold], held: Mapping[UnitName, int]) -> list[PanelUnit]:
    """Return the units of these holds; `held`: how many holds each unit is under, whatever the problem."""
    present, clock = present_of(view, found), clock_of(view)
    by_unit: dict[UnitName, list[Hold]] = {}
    for hold in found:
        by_unit.setdefault(hold.key, []).append(hold)
    units = [
        _unit(name, own, present, clock) for name, own in sorted(by_unit.items(), key=lambda item: in_order(item[0]))
    ]
    return [
        replace(unit, others=held.get(unit.name, 0) - len(unit.holds)) if unit.state == "held" else unit
        for unit in units
    ]


def _unit(name: UnitName, found: Sequence[Hold], present: Mapping[int, Present], clock: Clock) -> PanelUnit:
    held = [hold for hold in found if hold.is_open]
    if held:
        signed = tuple(_signed(hold, present.get(hold.id), clock) for hold in held)
        return PanelUnit(name, tuple(hold.id for hold in held), "held", signed=signed)
    last = found[-1]
    return PanelUnit(name, tuple(hold.id for hold in found), last.state, last.disposed_by)


def _signed(hold: Hold, present: Present | None, clock: Clock) -> SignedHold:
    """Say the numbers that are signed of a hold, whether it is still outside, and what is outstanding."""
    why = hold.why
    outside = outstanding = ""
    if present is not None and present.since is not None:
        words = {"since": clock.time(present.since)}
        if present.value is None:
            outside = text("disposition.outside", **words)
        else:
            outside = text("disposition.outside_at", value=value(present.value, why.quantity), **words)
    if present is not None and present.outstanding:
        outstanding = text("disposition.outstanding", what=missing(present.outstanding, clock))
    return SignedHold(hold, numbers_of(why.minutes, why.degree_minutes, why.peak, why.quantity), outside, outstanding)


def _held_in_all(view: View, offered: Iterable[Hold]) -> dict[UnitName, int]:
    """Return how many holds each unit is under, whatever the problem."""
    found: dict[UnitName, int] = {}
    for product, lot in {hold.key[:2] for hold in offered}:
        of_lot = (holds.c.product == product) & (holds.c.lot == lot) & (holds.c.state == "held")
        for row in view.connection.execute(select(holds.c.product, holds.c.lot, holds.c.unit).where(of_lot)):
            name = (row.product, row.lot, row.unit)
            found[name] = found.get(name, 0) + 1
    return found
