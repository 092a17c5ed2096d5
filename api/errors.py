"""Every error as an RFC 9457 problem: one table from the code of an error to its status and title."""

import json
import logging
from collections.abc import Sequence
from http import HTTPStatus

from fastapi import FastAPI, Request
from fastapi.exceptions import RequestValidationError
from pydantic import BaseModel, Field
from starlette.exceptions import HTTPException
from starlette.responses import Response

from api.parameters import WrongParameter
from api.reads.reach import ReachesHolds
from domain.errors import ColdchainError, Refused

MEDIA_TYPE = "application/problem+json"
RETRY_AFTER_S = "5"

# code → (status, title): the one place where an error becomes HTTP
STATUS = {
    "invalid": (422, "Invalid input"),
    "not_found": (404, "Not found"),
    "conflict": (409, "Conflict"),
    "forbidden": (403, "Access denied"),
    "unauthenticated": (401, "Authentication required"),
    "unavailable": (503, "A required service does not respond"),
    "bad_request": (400, "Invalid request"),
    "method_not_allowed": (405, "Method not allowed"),
    "too_large": (413, "Request too large"),
    "too_many": (429, "Too many requests"),
    "internal": (500, "Internal error"),
}
# What is answered is for one person, and never a page.
SAFE = {"Cache-Control": "no-store", "X-Content-Type-Options": "nosniff"}
_CODES = {status: code for code, (status, _) in STATUS.items()}
_HEADERS = {
    401: {"WWW-Authenticate": 'Bearer realm="coldchain"'},
    503: {"Retry-After": RETRY_AFTER_S},
    429: {"Retry-After": RETRY_AFTER_S},
}

logger = logging.getLogger(__name__)


class FieldProblem(BaseModel):
    """What is wrong with one field of what was sent."""

    field: str = Field(examples=["placements[0].from"], description="path of the field; empty: the whole")
    message: str = Field(examples=["not an RFC 3339 time with a zone: 'yesterday'"])


class Problem(BaseModel):
    """An error (RFC 9457). Programs read `code`, people read `detail`."""

    type: str = Field(examples=["urn:coldchain:problem:not_found"])
    title: str = Field(examples=["Not found"])
    status: int = Field(examples=[404])
    detail: str = Field(examples=["no batch VAX A1"])
    code: str = Field(examples=["not_found"])
    errors: list[FieldProblem] = Field(default_factory=list, description="each field that is wrong")


def problem(code: str, detail: str, errors: Sequence[FieldProblem] = ()) -> Response:
    """Return the response for an error code. An unknown code is an internal error and says nothing more."""
    if code not in STATUS:
        code, detail, errors = "internal", "", ()
    status, title = STATUS[code]
    body = Problem(
        type=f"urn:coldchain:problem:{code}",
        title=title,
        status=status,
        detail=detail or f"{title}.",
        code=code,
        errors=list(errors),
    )
    # What is quoted may be no text: then it stays escaped, as JSON may write it.
    content = json.dumps(body.model_dump(), ensure_ascii=False).encode(errors="backslashreplace")
    return Response(content, status, SAFE | _HEADERS.get(status, {}), MEDIA_TYPE)


def code_of_status(status: int) -> str:
    """Return the error code for a status of the framework."""
    return _CODES.get(status, "bad_request" if status < 500 else "internal")


def install_handlers(app: FastAPI) -> None:
    """Answer every error of the application as a problem."""
    app.add_exception_handler(ColdchainError, _expected)
    app.add_exception_handler(RequestValidationError, _unreadable)
    app.add_exception_handler(HTTPException, _of_framework)
    app.add_exception_handler(Exception, _unexpected)


def _expected(request: Request, error: Exception) -> Response:
    assert isinstance(error, ColdchainError)
    if error.code == "internal":
        return _unexpected(request, error)
    if isinstance(error, WrongParameter):
        return problem(error.code, str(error), [FieldProblem(field=error.name, message=error.what)])
    if isinstance(error, ReachesHolds):
        named = [FieldProblem(field="over", message=each.name) for each in error.reached]
        return problem(error.code, str(error), named)
    if not isinstance(error, Refused):
        return problem(error.code, str(error))
    errors = [_refused(line) for line in error.problems]
    return problem(error.code, errors[0].message if len(errors) == 1 else f"{len(errors)} problems", errors)


def _refused(line: str) -> FieldProblem:
    """Split `placements[0].from: no time …` into the field and what is wrong with it."""
    field, colon, message = line.partition(": ")
    if colon and " " not in field:
        return FieldProblem(field=field, message=message)
    return FieldProblem(field="", message=line)


def _unreadable(request: Request, error: Exception) -> Response:
    assert isinstance(error, RequestValidationError)
    broken = next((item for item in error.errors() if item["type"] == "json_invalid"), None)
    if broken is not None:
        reason, at = broken.get("ctx", {}).get("error", "cannot be read"), broken["loc"][-1]
        return problem("bad_request", f"the body is not JSON: {reason}, at character {at}")
    errors = [FieldProblem(field=_path(item["loc"]), message=_sentence(item)) for item in error.errors()]
    first = errors[0]
    detail = f"{first.field}: {first.message}" if first.field else first.message
    return problem("invalid", detail if len(errors) == 1 else f"{len(errors)} fields are wrong", errors)


def _path(where: Sequence[str | int]) -> str:
    """Write `("body", "placements", 0, "from")` as `placements[0].from`."""
    text = ""
    for step in where[1:]:
        text += f"[{step}]" if isinstance(step, int) else f".{step}"
    return text.lstrip(".")


def _sentence(item: dict[str, object]) -> str:
    message = str(item["msg"]).removeprefix("Value error, ")
    return {"extra_forbidden": "there is no such field", "missing": "is missing"}.get(str(item["type"]), message)


def _of_framework(request: Request, error: Exception) -> Response:
    assert isinstance(error, HTTPException)
    code = code_of_status(error.status_code)
    if code == "not_found":
        return problem(code, f"there is nothing at {request.url.path}")
    known = error.detail if error.detail != HTTPStatus(error.status_code).phrase else ""
    response = problem(code, known)
    response.headers.update(error.headers or {})
    return response


def _unexpected(request: Request, error: Exception) -> Response:
    """Log it with its text; the text itself stays inside."""
    logger.error("%s %s failed", request.method, request.url.path, exc_info=error)
    return problem("internal", "")
