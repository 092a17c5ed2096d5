"""From read models to bodies of answers, where a body says more or less than its model."""

from typing import Any, TypeVar

import ledger.models.alert
from api.models.records import Alert, Hold, HoldRevision
from ledger import models
from ledger.models.finality import Finality

SomeHold = TypeVar("SomeHold", Hold, HoldRevision)


def finality(found: Finality) -> dict[str, Any]:
    """Return the fields of a statement: how final it is, and what is outstanding."""
    return {"standing": found.status, "owed": found.outstanding}


def hold(found: models.Hold) -> Hold:
    """Show a hold."""
    return _with_sentence(Hold.model_validate(found), found)


def hold_revision(found: models.Hold) -> HoldRevision:
    """Show a revision of a hold."""
    return _with_sentence(HoldRevision.model_validate(found), found)


def _with_sentence(shown: SomeHold, found: models.Hold) -> SomeHold:
    """Let the sentence of what it rests on go on with the unit, and where."""
    why = shown.why.model_copy(update={"sentence": found.sentence})
    return shown.model_copy(update={"why": why})


def alert(told: ledger.models.alert.Alert) -> Alert:
    """Show an alert; in which state it is tells how the site runs, which is no client's business."""
    shown = Alert.model_validate(told)
    return shown if told.recipient is None else shown.model_copy(update={"state": None})
