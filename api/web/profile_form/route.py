"""The page on which a profile's next version is written: as a form, as text, checked as one types."""

from dataclasses import replace
from datetime import tzinfo
from typing import Annotated, Any, get_args

from fastapi import APIRouter, Depends, Request
from starlette.datastructures import FormData
from starlette.responses import Response

from api.deps import View
from api.errors import STATUS
from api.web.backtest.backtest_form import LONGEST
from api.web.backtest.route import run
from api.web.frame.render import clock_of, render
from api.web.frame.session import Disposes, Visitor
from api.web.frame.texts import text
from api.web.profile_form.draft import Draft, Problem, next_version, of_form, of_text, problems_of, shown
from domain.errors import InvalidError, NotFoundError
from domain.language import gettext
from domain.model import GapCountsAs
from rules.kinds.base import KINDS
from rules.series.bounds import OPERATORS
from sites.entries import read_entry
from sites.library import differences_of, source_of
from sites.models import Evidence
from store import state

router = APIRouter(prefix="/setup/profiles")


async def _form(request: Request) -> FormData:
    return await request.form()


Given = Annotated[FormData, Depends(_form)]


@router.get("/{id}/rules")
def write(visitor: Disposes, request: Request, id: str) -> Response:
    """Show the newest version's rules, to be changed into the next one."""
    with visitor.look() as view:
        zone = _zone(view)
        versions = _versions(view, id)
        draft = next_version(versions[max(versions, key=int)], view.now, zone)
        return _page(visitor, request, view, draft, draft.text(zone), problems_of(draft, zone, versions))


@router.post("/{id}/rules")
def change(visitor: Disposes, request: Request, id: str, given: Given) -> Response:
    """Take what was written into the form or the text, and do what the button says: check it, add a rule, try it."""
    fields = [(name, value) for name, value in given.multi_items() if isinstance(value, str)]
    said = dict(fields)
    do, written = said.get("do", ""), said.get("profile", "").replace("\r\n", "\n")
    with visitor.look() as view:
        zone = _zone(view)
        versions = _versions(view, id)
        draft = of_form(id, fields)
        if do == "use_text" or said.get("edited") == "text":
            try:
                draft = _read(id, written, zone)
            except InvalidError as error:
                return _page(visitor, request, view, draft, written, [Problem(None, "", str(error))], do)
        else:
            draft = _changed(draft, do, said.get("add_kind", ""))
            written = draft.text(zone)
        problems = problems_of(draft, zone, versions)
        if do != "backtest" or problems:
            return _page(visitor, request, view, draft, written, problems, do)
    return run(visitor, request, id, written)


def _read(name: str, written: str, zone: tzinfo) -> Draft:
    if len(written) > LONGEST:
        raise InvalidError(text("forms.too_long", count=LONGEST))
    return of_text(name, written, zone)


def _changed(draft: Draft, do: str, kind: str) -> Draft:
    """Return the draft with a rule of a kind added, or without one."""
    if do == "add" and kind in KINDS.names():
        taken = {fields.get("id") for fields in draft.rules}
        name = next(name for i in range(1, len(taken) + 2) if (name := f"{kind}-{i}") not in taken)
        return replace(draft, rules=[*draft.rules, {"id": name, "kind": kind}])
    if do.startswith("remove-"):
        return replace(draft, rules=[each for i, each in enumerate(draft.rules) if f"remove-{i}" != do])
    return draft


def _zone(view: View) -> tzinfo:
    return clock_of(view).zone


def _versions(view: View, name: str) -> dict[str, dict[str, Any]]:
    """Return the documents of a profile by version. Raises NotFoundError if there is none."""
    entries = state.load_entries(view.connection, "profile")
    found = {entry.doc["version"]: entry.doc for entry in entries if entry.doc["id"] == name}
    if not found:
        raise NotFoundError(f"no profile {name}")
    return found


def _difference(draft: Draft, zone: tzinfo) -> dict[str, Any]:
    """Return what the draft extends and says otherwise; nothing of one that cannot be read."""
    entry, _ = read_entry("profile", draft.doc(zone))
    if entry is None or not entry.doc["extends"]:
        return {"extends": None}
    known = source_of(entry.doc) is not None
    return {"extends": entry.doc["extends"], "differences": differences_of(entry.doc) if known else None}


def _page(
    visitor: Visitor,
    request: Request,
    view: View,
    draft: Draft,
    written: str,
    problems: list[Problem],
    do: str = "",
) -> Response:
    context: dict[str, Any] = {
        "draft": draft,
        "text": written,
        "problems": problems,
        "rules": shown(draft, problems),
        "kinds": [(name, gettext(KINDS.get(name).form.label)) for name in KINDS.names()],
        "operators": OPERATORS,
        "gaps": get_args(GapCountsAs),
        "evidences": get_args(Evidence),
        "tr": gettext,
        "most": LONGEST,
        **_difference(draft, clock_of(view).zone),
    }
    status = STATUS["invalid"][0] if do == "backtest" and problems else 200
    return render(request, visitor, "profile_form/page.html", view, status=status, part="profiles", **context)
