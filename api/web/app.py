"""The pages as an application of their own, beside the API: own errors, own headers, no word of OpenAPI."""

import re
from collections.abc import Callable, Iterator
from functools import cache
from importlib import import_module
from pathlib import Path
from typing import Any

from fastapi import APIRouter, FastAPI
from starlette.datastructures import MutableHeaders
from starlette.responses import Response
from starlette.routing import BaseRoute
from starlette.staticfiles import StaticFiles
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from api.deps import Services
from api.parameters import without_added
from api.web.frame.errors import install_handlers
from api.web.frame.live import Live
from api.web.frame.render import STATIC
from api.web.frame.session import install_sign_in
from api.web.frame.shared import Shared
from api.web.now.sparks import SparkBook

# Everything comes from this address; no script stands in a page.
POLICY = (
    "default-src 'none'; script-src 'self'; style-src 'self' 'unsafe-inline'; img-src 'self' data: blob:; "
    "connect-src 'self'; font-src 'self'; form-action 'self'; base-uri 'none'; frame-ancestors 'none'"
)
HEADERS = {
    "Content-Security-Policy": POLICY,
    "Referrer-Policy": "same-origin",
    "Permissions-Policy": "camera=(self), geolocation=(), microphone=()",
}


# What is for programs: the API but for its reference page, and the probes. Everything else is a page.
PROGRAMS = re.compile(r"/(api/(?!v1/docs$)|ingest/|healthz$|readyz$|metrics$)")


class Beside:
    """Gives what is no program's address to the pages."""

    def __init__(self, app: ASGIApp, pages: ASGIApp) -> None:
        self._app = app
        self._pages = pages

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer a request."""
        is_page = scope["type"] == "http" and not PROGRAMS.match(scope["path"])
        if is_page:
            scope["query_string"] = without_added(scope["query_string"])
        await (self._pages if is_page else self._app)(scope, receive, send)


class Assets(StaticFiles):
    """Files whose address changes with their content are kept by browsers for good; others are asked about again."""

    async def get_response(self, path: str, scope: Scope) -> Response:
        """Answer with a file."""
        response = await super().get_response(path, scope)
        is_versioned = scope["query_string"].startswith(b"v=")  # what a script imports has no version in its address
        response.headers["Cache-Control"] = "public, max-age=31536000, immutable" if is_versioned else "no-cache"
        return response


class Headers:
    """Says on every page what a browser may do with it."""

    def __init__(self, app: ASGIApp) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer a request."""

        async def sending(message: Message) -> None:
            if message["type"] == "http.response.start":
                MutableHeaders(scope=message).update(HEADERS)
            await send(message)

        await self._app(scope, receive, sending)


def routers() -> Iterator[APIRouter]:
    """Yield the router of every page: each folder here that has a module `route` is one."""
    for folder in sorted(Path(__file__).parent.glob("*/route.py")):
        yield import_module(f"api.web.{folder.parent.name}.route").router


def create_pages(services: Services, describe: Callable[[], dict[str, Any]]) -> FastAPI:
    """Return the pages over the API's services; `describe` returns the API's description, for its reference page."""
    app = FastAPI(openapi_url=None, docs_url=None, redoc_url=None)
    app.state.services, app.state.describe = services, describe
    app.state.live, app.state.shared, app.state.sparks = Live(services), Shared(), SparkBook()
    install_handlers(app)
    install_sign_in(app)
    app.add_middleware(Headers)
    app.mount("/static", Assets(directory=STATIC), name="static")
    app.router.routes.extend(_routes())
    return app


@cache
def _routes() -> list[BaseRoute]:
    """Return the routes of the pages of every application in this process: preparing them takes FastAPI a while."""
    pages = APIRouter()
    for router in routers():
        pages.include_router(router)
    return pages.routes
