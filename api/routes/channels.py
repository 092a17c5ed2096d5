"""Channels: how they do, what became of their messages, and a test."""

from typing import Annotated

from fastapi import APIRouter, Query
from sqlalchemy import ColumnElement

from api import corrections
from api.deps import Caller, Configures, SeesSite, View
from api.models.channels import Channel, Delivery
from api.paging import Page, Paging, collect, decode
from api.reads.deliveries import channel_states, deliveries, find_channel, find_delivery, of_channel
from domain.errors import NotFoundError

router = APIRouter(prefix="/channels", tags=["channels"])


@router.get("")
def list_channels(caller: SeesSite) -> list[Channel]:
    """Return the site's channels by id, with their last success and failure and how many messages wait."""
    with caller.look() as view:
        return [Channel.model_validate(state) for state in channel_states(view.connection)]


@router.get("/{id}/deliveries")
def list_deliveries(caller: SeesSite, id: str, query: Annotated[Paging, Query()]) -> Page[Delivery]:
    """Return a channel's messages, newest first, each with its attempts."""
    with caller.look() as view:
        _require(view, id)
        return page_of(view, query, of_channel(id))


@router.post("/{id}/test", status_code=202)
def test_channel(caller: Configures, id: str) -> Delivery:
    """Send a test: once, at once, before anything else that waits. Its delivery tells what became of it."""
    with caller.look() as view:
        _require(view, id)
    return _found(caller, corrections.test_channel(caller, id))


def page_of(view: View, paging: Paging, *conditions: ColumnElement[bool]) -> Page[Delivery]:
    """Return a page of messages."""
    return collect(
        paging,
        decode(paging.cursor, int),
        lambda before, count: deliveries(view.connection, *conditions, before=before, limit=count),
        lambda delivery: delivery.id,
        Delivery.model_validate,
    )


def _require(view: View, channel: str) -> None:
    if find_channel(view.connection, channel) is None:
        raise NotFoundError(f"no channel {channel}")


def _found(caller: Caller, number: int) -> Delivery:
    with caller.look() as view:
        found = find_delivery(view.connection, number)
    if found is None:
        raise NotFoundError(f"no delivery {number}")
    return Delivery.model_validate(found)
