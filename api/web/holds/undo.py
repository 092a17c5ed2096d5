"""Taking rejections back: two people sign, one after the other; then the units are on hold again."""

from collections.abc import Sequence
from dataclasses import dataclass, replace

from api import corrections
from api.deps import View
from api.people.register import find_account
from api.people.roles import Permission
from api.web.components.disposition import AT_MOST
from api.web.frame.forms import needed
from api.web.frame.naming import UnitName
from api.web.frame.session import Visitor
from api.web.frame.texts import text
from domain.errors import ColdchainError, ConflictError, InvalidError
from ledger.models import Hold
from ledger.models.decision import Decision
from ledger.requests import Signature


@dataclass(frozen=True, slots=True)
class Rejected:
    """A hold whose rejection may be taken back. `asked`: the first signature, if somebody has signed."""

    id: int
    name: UnitName
    rule: str
    asked: Decision | None


@dataclass(frozen=True, slots=True)
class UndoPanel:
    """What the panel shows; nothing is chosen beforehand. `wrong`: it was refused, with `code`."""

    holds: Sequence[Rejected]
    signer: str
    me: str
    chosen: frozenset[int] = frozenset()
    reason: str = ""
    wrong: str = ""
    code: str = ""

    def may_sign(self, hold: Rejected) -> bool:
        """Tell whether this person's signature is the first or the second."""
        return hold.asked is None or hold.asked.who != self.me


def undo_panel(visitor: Visitor, view: View, found: Sequence[Hold]) -> UndoPanel | None:
    """Return the panel for rejected holds, read with their decisions; None where there are none, or for who may not."""
    rejected = [
        Rejected(hold.id, hold.key, hold.rule, hold.decision if _is_asked(hold.decision) else None)
        for hold in found
        if hold.state == "rejected"
    ]
    if not rejected or not visitor.person.may(Permission.DISPOSE):
        return None
    me = visitor.person.name
    return UndoPanel(rejected[:AT_MOST], find_account(view.connection, me).full_name, me)


def undo(visitor: Visitor, panel: UndoPanel, chosen: Sequence[int], reason: str, password: str) -> UndoPanel | None:
    """Sign; return None when it is done, else the panel with what is wrong."""
    sent = replace(panel, chosen=frozenset(chosen), reason=reason)
    known = {hold.id for hold in panel.holds}
    try:
        if not chosen:
            raise InvalidError(text("disposition.nothing_chosen"))
        if not known.issuperset(chosen):
            raise ConflictError(text("undo.not_rejected"))
        words = needed(reason, "disposition.no_reason")
        visitor.sign(password)
        corrections.undo_rejection(visitor, chosen, words, Signature(panel.signer, text("undo.meaning")))
    except ColdchainError as error:
        return replace(sent, wrong=str(error), code=error.code)
    return None


def _is_asked(decision: Decision | None) -> bool:
    return decision is not None and decision.state == "undo_asked"
