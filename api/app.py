"""The application: routes, errors and services put together, and beside them the pages."""

from functools import cache

from fastapi import APIRouter, FastAPI
from starlette.routing import BaseRoute

from api.deps import Intake, Services, Submit
from api.errors import install_handlers
from api.forecast.cache import ForecastCache
from api.guard import Guard
from api.metrics import Metrics, install_metrics
from api.openapi import PROBLEM, install_description
from api.options import Options
from api.resources import ROOT
from api.routes import (
    alerts,
    audit,
    background,
    batches,
    channels,
    counts,
    dead_letters,
    devices,
    entries,
    events,
    expiry,
    holds,
    intervals,
    movements,
    moves,
    notices,
    numbering,
    operating,
    orders,
    places,
    posted,
    readings,
    self,
    serials,
    stock,
    turnover,
)
from api.snapshot import Snapshots
from api.web.app import Beside, create_pages
from ledger.inbox import submit as submit_to_inbox
from store.database import Database
from store.history import History
from store.window import LocalHistory

# Of the API, not of the program: within 1 nothing is taken away.
API_VERSION = "1"
# Before the routes of entries, whose ids may hold a slash and would swallow what follows them.
_ROUTERS = (
    self,
    counts,  # before `stock`, whose /counts/{id} takes any path
    stock,
    serials,  # before `batches`, whose lot takes any path
    expiry,
    batches,
    places,
    moves,
    movements,
    devices,
    readings,
    notices,
    numbering,
    intervals,
    holds,
    alerts,
    channels,
    events,
    audit,
    background,
    dead_letters,
    orders,
    turnover,
    entries,
)


def create_app(
    database: Database,
    options: Options | None = None,
    submit: Submit = submit_to_inbox,
    history: History | None = None,
    intake: Intake | None = None,
) -> FastAPI:
    """Return the API over an open, migrated database.

    `submit` reaches the one writer, `history` is where readings over time are asked for (default: the database),
    `intake` takes what is posted for sources (default: nothing is).
    """
    options = options or Options()
    app = FastAPI(
        title="coldchain",
        version=API_VERSION,
        openapi_url=None,  # a route of its own, which declares its permission like any other
        docs_url=None,
        redoc_url=None,
    )
    metrics, snapshots = Metrics(database, options.now), Snapshots()
    forecasts = ForecastCache(database, snapshots, options.now)
    services = Services(
        database, submit, options, history or LocalHistory(database), snapshots, metrics, forecasts, intake
    )
    app.state.services = services
    install_handlers(app)
    install_description(app)
    app.state.pages = create_pages(services, app.openapi)
    app.add_middleware(Beside, pages=app.state.pages)
    app.add_middleware(Guard, largest=options.max_body_bytes)
    install_metrics(app, metrics)
    app.router.routes.extend(_routes())
    return app


@cache
def _routes() -> list[BaseRoute]:
    """Return the routes of every application in this process: FastAPI takes a tenth of a second to prepare them."""
    router = APIRouter(responses=PROBLEM)  # type: ignore[arg-type]  # FastAPI wants keys of int or str
    for module in _ROUTERS:
        router.include_router(module.router, prefix=ROOT)
    router.include_router(operating.router)
    router.include_router(posted.router)
    return router.routes
