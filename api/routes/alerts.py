"""Alerts and their acknowledgement."""

from typing import Annotated

from fastapi import APIRouter, Query
from pydantic import Field
from sqlalchemy import ColumnElement, Table, select

from api import corrections
from api.deps import Acknowledges, Caller, SeesSite, SeesStock
from api.models import convert
from api.models.alarm_rate import Load, shown
from api.models.base import Number, QueryParameters, RequestBody, Words
from api.models.channels import Delivery
from api.models.records import Alert, Comment
from api.paging import Page, Paging
from api.reads.alarm_rate import DAYS, read_load
from api.reads.alerts import find_alert, require_alerts_on_record, table_of_alerts
from api.reads.alerts import list_alerts as read_page
from api.reads.deliveries import of_alert
from api.reads.known import as_known
from api.reads.lists import AsKnown, equal
from api.routes.channels import page_of
from store.open_alerts import goes_on
from store.tables import comments

router = APIRouter(prefix="/alerts", tags=["alerts"])


class OfAlerts(Paging, AsKnown):
    """How alerts are asked for."""

    open: bool | None = Field(
        None,
        description="true: it goes on, or is of stock out of reach and not acknowledged; false: it is over",
    )
    acknowledged: bool | None = None
    founded: bool | None = None


class OfLoad(QueryParameters):
    """Of how many days the load is asked for."""

    days: int = Field(DAYS, ge=1, le=400)


class Acknowledgement(RequestBody):
    """What a person says who has seen it."""

    comment: Words | None = Field(None, max_length=2000, examples=["door was open, closed now"])


class ToShelve(RequestBody):
    """For how long nobody is to be told of a problem, and why."""

    lasting: Words = Field(alias="for", examples=["2h"])
    reason: Words = Field(min_length=1, max_length=2000, examples=["door is repaired, goods were moved"])


class FromShelf(RequestBody):
    """That people are to be told again."""

    reason: Words | None = Field(None, max_length=2000, examples=["repaired"])


class Remark(RequestBody):
    """What a person says about an alert."""

    text: Words = Field(min_length=1, max_length=2000, examples=["compressor changed, see work order 88"])


@router.get("")
def list_alerts(caller: SeesStock, query: Annotated[OfAlerts, Query()]) -> Page[Alert]:
    """Return alerts, newest first."""
    with caller.look() as view:
        then = as_known(view, query.known_at)
        require_alerts_on_record(then)
        page = read_page(then, query, _conditions(table_of_alerts(then), query))
        return Page(items=[convert.alert(each) for each in page.items], next=page.next)


def _conditions(table: Table, query: OfAlerts) -> list[ColumnElement[bool]]:
    conditions = equal(table, {"founded": query.founded})
    if query.open is not None:
        conditions.append(goes_on(table) if query.open else ~goes_on(table))
    if query.acknowledged is not None:
        known = table.c.acknowledged_at
        conditions.append(known.is_not(None) if query.acknowledged else known.is_(None))
    return conditions


@router.get("/kpis")
def get_load(caller: SeesSite, query: Annotated[OfLoad, Query()]) -> Load:
    """Return how many alarms people were told, as EEMUA 191 and ISA-18.2 measure it."""
    with caller.look() as view:
        return shown(read_load(view.connection, view.now, query.days), query.days)


@router.get("/{number}")
def get_alert(caller: SeesStock, number: Number, query: Annotated[AsKnown, Query()]) -> Alert:
    """Return one alert: as it is, or as it was known at an instant; not found if it had not been raised by then."""
    return _one(caller, number, query.known_at)


@router.post("/{number}/acknowledge")
def acknowledge(caller: Acknowledges, number: Number, said: Acknowledgement) -> Alert:
    """Say that a person knows of the problem."""
    _one(caller, number)
    corrections.acknowledge(caller, number, said.comment)
    return _one(caller, number)


@router.post("/{number}/shelve")
def shelve(caller: Acknowledges, number: Number, said: ToShelve) -> Alert:
    """Have nobody told of the problem for a while; the record goes on, and holds are placed."""
    _one(caller, number)
    corrections.shelve(caller, number, said.lasting, said.reason)
    return _one(caller, number)


@router.post("/{number}/unshelve")
def unshelve(caller: Acknowledges, number: Number, said: FromShelf) -> Alert:
    """End that before its time; what still goes on is told."""
    _one(caller, number)
    corrections.unshelve(caller, number, said.reason)
    return _one(caller, number)


@router.get("/{number}/comments")
def list_comments(caller: SeesSite, number: Number) -> list[Comment]:
    """Return what people said about an alert, in order."""
    _one(caller, number)
    with caller.look() as view:
        query = select(comments).where(comments.c.alert == number).order_by(comments.c.id)
        return [Comment.model_validate(row) for row in view.connection.execute(query)]


@router.post("/{number}/comments", status_code=201)
def add_comment(caller: Acknowledges, number: Number, said: Remark) -> list[Comment]:
    """Say something about an alert; return all that was said."""
    _one(caller, number)
    corrections.comment(caller, number, said.text)
    return list_comments(caller, number)


@router.get("/{number}/deliveries")
def list_deliveries(caller: SeesSite, number: Number, query: Annotated[Paging, Query()]) -> Page[Delivery]:
    """Return the alert's messages to all channels, newest first, each with its attempts."""
    _one(caller, number)
    with caller.look() as view:
        return page_of(view, query, of_alert(number))


def _one(caller: Caller, number: int, known_at: int | None = None) -> Alert:
    with caller.look() as view:
        then = as_known(view, known_at)
        require_alerts_on_record(then)
        return convert.alert(find_alert(then, number))
