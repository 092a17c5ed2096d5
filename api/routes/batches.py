"""Batches: what is said of them, and the conditions that they went through."""

from typing import Annotated, Any, Literal

from fastapi import APIRouter, Query
from pydantic import Field

from api.access import require_batch
from api.deps import SeesStock, View
from api.models import convert
from api.models.base import QueryParameters, When
from api.models.batches import BatchVerdict, Fired, Gap, History, JudgedExposure, UnitVerdict
from api.models.records import MayBeUsed
from api.reads.batch import BatchReader
from api.reads.history import measure, plan, stays_of_batch, unknown
from api.reads.known import as_known
from api.reads.lists import AsKnown
from domain.errors import InvalidError, NotFoundError
from domain.topics import whole
from ledger.models.unit import Unit
from rules.judgement import Firing
from rules.report import unit_report, why_report
from rules.subjects.whereabouts import in_force

router = APIRouter(prefix="/batches", tags=["batches"])


class Until(QueryParameters):
    """The instant that is asked about."""

    until: When | None = Field(None, description="default: now")


class OfVerdict(Until, AsKnown):
    """How a verdict is asked for; `until` is `known_at` unless it is given."""


class Span(Until):
    """How conditions over time are asked for."""

    quantity: Literal["temperature", "humidity"] = "temperature"
    since: When | None = Field(None, description="default: from the first stay on")
    buckets: int = Field(500, ge=1, le=5000, description="points of a line at most, about: the width of a chart")
    raw: bool = Field(False, description="single readings only, however many; refused if they are too many")


class SpanOfBatch(Span):
    """How conditions of a batch are asked for."""

    unit: str | None = Field(None, description="one unit only")


@router.get("/{product}/{lot:path}/verdict")
def get_verdict(caller: SeesStock, product: str, lot: str, query: Annotated[OfVerdict, Query()]) -> BatchVerdict:
    """Return what the profile says of each unit, judged now from the readings, those known at `known_at` if given."""
    with caller.look() as view:
        then = as_known(view, query.known_at)
        until = then.now if query.until is None else query.until
        state = BatchReader(then, (product, lot)).state(until)
        return BatchVerdict(
            product=product,
            lot=lot,
            until=until,
            verdict=state.verdict.verdict,
            reason=state.reason,
            judged_from=view.series.kept_from,
            **convert.finality(state.finality),
            units=[_unit(view, unit) for unit in state.units],
        )


@router.get("/{product}/{lot:path}/history")
def get_history(caller: SeesStock, product: str, lot: str, query: Annotated[SpanOfBatch, Query()]) -> History:
    """Return what was measured where the batch was, while it was there."""
    with caller.look() as view:
        require_batch(view.policy, view.snapshot, (product, lot))
        stays = stays_of_batch(view, (product, lot), query.unit)
        if query.unit is not None and not stays:
            raise NotFoundError(f"no unit {query.unit} of {product} {lot}")
        until = view.now if query.until is None else query.until
        first = min((stay.since for stay in stays), default=until)
        since = first if query.since is None else query.since
        plans = plan(view, stays, query.quantity, since, until)
        missing = unknown(
            view, plans, in_force(view.snapshot.site, view.snapshot.site.products[product].profile), until
        )
        kept_from = view.series.kept_from
    if query.since is not None and since >= until:
        raise InvalidError("since: it must lie before until")
    return History(
        quantity=query.quantity,
        since=min(since, until),
        until=until,
        judged_from=kept_from,
        stretches=measure(caller.services.history, plans, missing, query.buckets, raw=query.raw),
    )


def _unit(view: View, unit: Unit) -> UnitVerdict:
    said = unit.verdict
    report = unit_report(said, explained=False)
    return UnitVerdict(
        **{name: report[name] for name in ("unit", "verdict", "coverage", "unknown_minutes", "longest_gap_minutes")},
        missing=[Gap.model_validate({"from": since, "to": until}) for since, until in said.lacking.gaps],
        reason=unit.reason,
        may_be_used=MayBeUsed.model_validate(unit.usability),
        **convert.finality(unit.finality),
        exposures=[JudgedExposure(**exposure) for exposure in report["exposures"]],
        fired=[Fired(**fired) for fired in report["fired"]],
        why=[_why(view, unit, firing) for firing in said.firings],
        holds=[convert.hold(hold) for hold in unit.holds],
    )


def _why(view: View, unit: Unit, firing: Firing) -> dict[str, Any]:
    """Return why a rule triggered for a unit, with places as far as they may be told."""
    places = list(view.policy.where(unit.key, (firing.since, firing.until), firing.places))
    return {**why_report(firing), "places": places, "sentence": whole(firing.sentence, unit.key._asdict(), places)}
