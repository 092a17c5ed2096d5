"""The form that says when a unit was opened or thawed: from then on it may be used for a time only."""

from typing import Annotated, Any
from urllib.parse import urlencode

from fastapi import APIRouter, Form, Query, Request
from pydantic import BaseModel, ConfigDict
from starlette.responses import RedirectResponse, Response

from api import corrections
from api.deps import View
from api.web.frame.forms import needed, of_the_form, written
from api.web.frame.moment import read_moment
from api.web.frame.render import render
from api.web.frame.sentences import say
from api.web.frame.session import MovesStock, Visitor
from api.web.movements.scans import unit_meant
from batches.expiry import in_use_expiry, terms_of
from batches.movements import show_unit
from domain.errors import ColdchainError, InvalidError
from domain.model import Handled, UnitKey
from domain.zones import zone_named
from store.unit_dates import handled, recorded

router = APIRouter(prefix="/expiry")


class Filled(BaseModel):
    """What was filled in. `done`: the unit that it was recorded of just now, as product, lot and name."""

    model_config = ConfigDict(extra="ignore")  # the token against forged forms

    unit: str = ""
    what: str = "opened"
    when: str = ""
    reason: str = ""
    done: list[str] = []


@router.get("/opened")
def new(visitor: MovesStock, request: Request, given: Annotated[Filled, Query()]) -> Response:
    """Show the form."""
    return _form(visitor, request, given)


@router.post("/opened")
def record(visitor: MovesStock, request: Request, sent: Annotated[Filled, Form()]) -> Response:
    """Record it, and show until when the unit may be used."""
    try:
        with visitor.look() as view:
            unit, dates = _dated(view, sent)
        corrections.date_unit(visitor, unit, dates.opened_at, dates.thawed_at, written(sent.reason) or None)
    except ColdchainError as error:
        return _form(visitor, request, sent, of_the_form(error))
    done = urlencode({"done": [part or "" for part in unit]}, doseq=True)
    return RedirectResponse(f"/expiry/opened?{done}", 303)


def _dated(view: View, sent: Filled) -> tuple[UnitKey, Handled]:
    """Return the unit that is meant, with what was known of it and what is said now."""
    unit = unit_meant(view, needed(sent.unit, "movements.needs_unit"))
    at = read_moment(written(sent.when), zone_named(view.snapshot.zone)) or view.now
    before = recorded(view.connection, [unit[:2]]).get(unit, Handled())
    if sent.what not in ("opened", "thawed"):
        raise InvalidError(f"what: opened or thawed, not {sent.what!r}")
    return unit, before._replace(**{f"{sent.what}_at": at})


def _form(visitor: Visitor, request: Request, given: Filled, refused: ColdchainError | None = None) -> Response:
    with visitor.look() as view:
        context: dict[str, Any] = {
            "given": given,
            "say": say,
            "done": _done(view, given.done) if len(given.done) == 3 else None,
        }
        return render(request, visitor, "opened/form.html", view, refused=refused, **context)


def _done(view: View, names: list[str]) -> tuple[str, int | None] | None:
    """Return the unit by name, and until when it may be used; None: its product does not limit that."""
    unit = UnitKey(names[0], names[1], names[2] or None)
    dates = handled(view.connection, [unit[:2]]).get(unit)
    if dates is None:
        return None
    end = in_use_expiry(dates, terms_of(view.snapshot.site.products.get(unit.product)))
    return show_unit(unit), None if end is None else end.at
