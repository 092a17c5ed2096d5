"""Errors as pages: the same codes as the API's, in the frame, with a way on."""

import logging

from fastapi import FastAPI, Request
from fastapi.exceptions import RequestValidationError
from starlette.exceptions import HTTPException
from starlette.responses import Response

from api.errors import STATUS, code_of_status
from api.parameters import KNOWN_AT, UnknownParameter
from api.web.frame.render import render
from api.web.frame.session import stranger, whoever
from api.web.frame.texts import text
from domain.errors import ColdchainError

logger = logging.getLogger(__name__)


def install_handlers(app: FastAPI) -> None:
    """Answer every error of the pages as a page."""
    app.add_exception_handler(ColdchainError, _expected)
    app.add_exception_handler(RequestValidationError, _unreadable)
    app.add_exception_handler(HTTPException, _of_framework)
    app.add_exception_handler(Exception, _unexpected)


def error_page(request: Request, code: str, detail: str) -> Response:
    """Return the page for an error. An unknown code is an internal error and says nothing more."""
    if code not in STATUS:
        code, detail = "internal", ""
    # Whatever is broken inside may break looking up who it is.
    visitor = stranger(request) if code in ("internal", "unavailable") else whoever(request)
    return render(
        request, visitor, "frame/error.html", status=STATUS[code][0], title=text(f"errors.{code}"), detail=detail
    )


def _expected(request: Request, error: Exception) -> Response:
    assert isinstance(error, ColdchainError)
    if error.code == "internal":
        return _unexpected(request, error)
    is_no_address = isinstance(error, UnknownParameter) and error.name != KNOWN_AT  # there is such a thing, elsewhere
    return error_page(request, "bad_request" if is_no_address else error.code, str(error))


def _unreadable(request: Request, error: Exception) -> Response:
    assert isinstance(error, RequestValidationError)
    first = error.errors()[0]
    return error_page(request, "invalid", f"{'.'.join(map(str, first['loc'][1:]))}: {first['msg']}")


def _of_framework(request: Request, error: Exception) -> Response:
    assert isinstance(error, HTTPException)
    code = code_of_status(error.status_code)
    return error_page(request, code, text("errors.not_found_detail") if code == "not_found" else "")


def _unexpected(request: Request, error: Exception) -> Response:
    """Log it with its text; the text itself stays inside."""
    logger.error("%s %s failed", request.method, request.url.path, exc_info=error)
    return error_page(request, "internal", text("errors.internal_detail"))
