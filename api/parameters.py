"""Parameters in an address: each address takes those that it names, and a misspelt one never means "all"."""

from collections.abc import Iterator
from typing import Any

from fastapi import Request
from fastapi.dependencies.models import Dependant
from fastapi.routing import APIRoute
from pydantic import BaseModel

from domain.errors import InvalidError
from domain.language import gettext, mark
from rules.kinds.common.fields import nearest

# The parameter that asks for what was known at an instant.
KNOWN_AT = "known_at"
# What is answered as it is now, whatever instant is asked for.
NO_HISTORY = mark(
    "what is here has no history, so it cannot be answered as known at an instant; "
    "verdicts of batches, exposures, excursions, holds and alerts can"
)


# What mail programs and other sites add to an address that is followed; it means nothing to a page.
ADDED_BY_OTHERS = (b"utm_", b"fbclid=", b"gclid=", b"msclkid=", b"mc_cid=", b"mc_eid=", b"_ga=", b"_gl=")


class WrongParameter(InvalidError):
    """A parameter in an address cannot be answered; `what`: what is wrong with it."""

    def __init__(self, name: str, what: str) -> None:
        super().__init__(f"{name}: {what}")
        self.name = name
        self.what = what


class UnknownParameter(WrongParameter):
    """An address names a parameter that its page or route does not take."""


def refuse_unknown(request: Request) -> None:
    """Refuse parameters that the route of a request does not take.

    Raises UnknownParameter for the first one, with the one that is meant, if one is near.
    """
    given = request.query_params.keys()
    route = request.scope.get("route")
    if not given or not isinstance(route, APIRoute):
        return
    known = tuple(sorted(set(_names(route.dependant))))
    for name in given:
        if name not in known:
            raise UnknownParameter(name, unknown(name, known))


def without_added(query: bytes) -> bytes:
    """Return a query string without what others add to it."""
    if not any(name in query for name in ADDED_BY_OTHERS):
        return query
    return b"&".join(part for part in query.split(b"&") if not part.startswith(ADDED_BY_OTHERS))


def unknown(name: str, known: tuple[str, ...]) -> str:
    """Say that there is no such parameter, and which one is meant or which there are."""
    if name == KNOWN_AT:
        return gettext(NO_HISTORY)
    if meant := nearest(name, list(known)):
        return gettext("there is no such parameter here{meant}", meant=meant)
    if not known:
        return gettext("there is no such parameter here; this address takes none")
    return gettext("there is no such parameter here; there are {known}", known=", ".join(known))


def _names(dependant: Dependant) -> Iterator[str]:
    """Yield the names of the parameters that a route and what it depends on take."""
    for field in dependant.query_params:
        model: Any = field.field_info.annotation
        if isinstance(model, type) and issubclass(model, BaseModel):
            yield from (info.alias or name for name, info in model.model_fields.items())
        else:
            yield field.alias
    for each in dependant.dependencies:
        yield from _names(each)
