"""Batches: what is said of them, and the conditions that they went through."""

from collections import defaultdict
from collections.abc import Mapping
from typing import Annotated, Any, Literal

from fastapi import APIRouter, Query
from pydantic import Field
from sqlalchemy import select

from api.access import require_batch
from api.deps import SeesStock, View
from api.models import convert
from api.models.base import QueryParameters, When, show_time, show_time_or_none
from api.models.batches import BatchVerdict, Fired, History, JudgedExposure, UnitVerdict
from api.models.records import Hold
from api.reads.finality import Settled, Standings
from api.reads.history import measure, plan, stays_of_batch, unknown
from api.reads.known import what_is_known, what_was_known
from api.reads.lists import AsKnown, Fields
from api.reads.snapshot import Snapshot
from api.reads.verdict_finality import OfVerdicts
from domain.errors import InvalidError, NotFoundError
from domain.model import BatchKey
from domain.times import parse_instant
from domain.topics import whole
from rules.batch_judge import judge_batch
from rules.messages.verdict import reason_of, reason_of_batch
from rules.subjects.whereabouts import in_force
from store.compaction import horizon
from store.known_at import hold_then
from store.known_at import in_force as in_force_at
from store.tables import hold_revisions, holds

Unit = Mapping[str, Any]  # as rules.report makes it

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
        present = view.now if query.known_at is None else min(query.known_at, view.now)
        return verdict_of(view, (product, lot), present if query.until is None else query.until, query.known_at)


def verdict_of(view: View, batch: BatchKey, until: int, known_at: int | None = None) -> BatchVerdict:
    """Return what the profile says of each unit at an instant, from what is known or was known at another.

    Raises NotFoundError for a batch that is not there for this person.
    """
    known = what_is_known(view) if known_at is None else what_was_known(view, known_at)
    require_batch(view.policy, Snapshot(known.site), batch)
    judged = judge_batch(known.site, batch, known.load(until + 1), until)
    held = _holds(view, batch, known_at)
    words = {unit["unit"]: unit["verdict"] for unit in judged["units"]}
    settled = OfVerdicts(view, batch, words, until, known_at)
    reasons = [reason_of(known.site, batch[0], unit) for unit in judged["units"]]
    return BatchVerdict(
        product=batch[0],
        lot=batch[1],
        until=show_time(until),
        verdict=judged["verdict"],
        reason=reason_of_batch(judged["units"], reasons, judged["verdict"]),
        judged_from=show_time_or_none(horizon(view.connection)),
        **_standing(view, settled.batch),
        units=[
            _unit(view, batch, unit, reason, held, _standing(view, settled.units[unit["unit"]]))
            for unit, reason in zip(judged["units"], reasons, strict=True)
        ],
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
        kept_from = horizon(view.connection)
    if query.since is not None and since >= until:
        raise InvalidError("since: it must lie before until")
    return History(
        quantity=query.quantity,
        since=show_time(min(since, until)),
        until=show_time(until),
        judged_from=show_time_or_none(kept_from),
        stretches=measure(caller.services.history, plans, missing, query.buckets, raw=query.raw),
    )


def _holds(view: View, batch: BatchKey, known_at: int | None) -> dict[str | None, list[Hold]]:
    rows: list[Fields] = []
    table = holds if known_at is None else hold_revisions
    then = [] if known_at is None else in_force_at(hold_revisions, known_at)
    of_batch = select(table).where(table.c.product == batch[0], table.c.lot == batch[1], *then)
    for row in view.connection.execute(of_batch.order_by(table.c.id)):
        fields = dict(row._mapping)
        seen = view.policy.hold(fields if known_at is None else hold_then(fields, known_at))
        if seen is not None:
            rows.append(seen)
    found: dict[str | None, list[Hold]] = defaultdict(list)
    for hold in Standings(view, known_at).mark(table, rows):
        found[hold["unit"]].append(convert.hold(hold))
    return found


def _standing(view: View, settled: Settled) -> dict[str, Any]:
    """Return the fields that tell how settled a verdict is, as far as the person may know."""
    told = [each._asdict() for each in settled.owed] if view.policy.knows_authors else None
    return {"standing": settled.standing, "owed": convert.owed(told)}


def _unit(
    view: View, batch: BatchKey, unit: Unit, reason: str, held: Mapping[str | None, list[Hold]], settled: Fields
) -> UnitVerdict:
    return UnitVerdict(
        **{name: unit[name] for name in ("unit", "verdict", "coverage", "unknown_minutes", "longest_gap_minutes")},
        reason=reason,
        **settled,
        exposures=[JudgedExposure(**exposure) for exposure in unit["exposures"]],
        fired=[Fired(**fired) for fired in unit["fired"]],
        why=[_why(view, {"product": batch[0], "lot": batch[1], "unit": unit["unit"]}, why) for why in unit["why"]],
        holds=held.get(unit["unit"], []),
    )


def _why(view: View, unit: Mapping[str, Any], why: Mapping[str, Any]) -> dict[str, Any]:
    """Return why a rule fired for a unit, with places as far as they may be told."""
    span = {
        name: None if why[of] is None else parse_instant(why[of]) for name, of in (("since", "from"), ("until", "to"))
    }
    places = list(view.policy.where(unit, {**span, "places": why["places"]}))
    return {**why, "places": places, "sentence": whole(why["sentence"], unit, places)}
