"""What was measured at a location, and what is foreseen for it."""

from typing import Annotated

from fastapi import APIRouter, Query

from api.deps import SeesSite, SeesStock
from api.models.batches import History
from api.models.forecasts import Forecast, forecast_of
from api.reads.history import measure, plan, stays_of_location, unknown
from api.routes.batches import Span
from domain.errors import InvalidError, NotFoundError
from domain.times import DAY
from rules.subjects.whereabouts import in_force
from store.compaction import horizon

router = APIRouter(prefix="/locations", tags=["locations"])


@router.get("/{id:path}/history")
def get_history(caller: SeesStock, id: str, query: Annotated[Span, Query()]) -> History:
    """Return what was measured at a location (default: the last day); a client sees the hours it had batches there."""
    with caller.look() as view:
        until = view.now if query.until is None else query.until
        since = until - DAY if query.since is None else query.since
        if since >= until:
            raise InvalidError("since: it must lie before until")
        stays = stays_of_location(view, id) if id in view.snapshot.site.locations else []
        if not stays:
            raise NotFoundError(f"no location {id}")
        plans = plan(view, stays, query.quantity, since, until)
        missing = unknown(view, plans, in_force(view.snapshot.site, view.snapshot.site.locations[id].profile), until)
        kept_from = horizon(view.connection)
    return History(
        quantity=query.quantity,
        since=since,
        until=until,
        judged_from=kept_from,
        stretches=measure(caller.services.history, plans, missing, query.buckets, raw=query.raw),
    )


@router.get("/{id:path}/forecast")
def get_forecast(caller: SeesSite, id: str) -> Forecast:
    """Return when a location that warms or cools beyond what is normal for it reaches limits, and who is at risk."""
    with caller.look() as view:
        if id not in view.snapshot.site.locations:
            raise NotFoundError(f"no location {id}")
        foreseen = caller.services.forecasts.ask(view.connection, view.snapshot, id, view.now)
    return forecast_of(id, foreseen, view.now)
