"""Channels, and what became of the messages they were to tell."""

from typing import Literal

from pydantic import Field

from api.models.base import ResponseBody, Time


class Attempt(ResponseBody):
    """One attempt to deliver a message."""

    at: Time
    seconds: float = Field(examples=[0.031], description="how long it took")
    error: str | None = Field(examples=["answered 503"], description="null: it arrived")


class Delivery(ResponseBody):
    """One message to one channel."""

    id: int = Field(examples=[31])
    channel: str = Field(examples=["qa-mail"])
    alert: int | None = Field(examples=[5], description="null: a test, or a notice of a device")
    event: Literal["raised", "updated", "acknowledged", "ended", "unfounded", "test", "notice"]
    state: Literal["waiting", "delivered", "failed", "skipped"] = Field(
        description="skipped: nothing in it for this recipient, or a later message says it all"
    )
    created_at: Time
    next_at: Time | None = Field(description="when it is tried next; null: it is done")
    done_at: Time | None
    error: str | None = Field(examples=["answered 503"], description="of the last attempt, or why there is none")
    attempts: list[Attempt]


class Channel(ResponseBody):
    """A way of telling, and how it has done. What its entry holds of secrets is never shown."""

    id: str = Field(examples=["qa-mail"])
    kind: str = Field(examples=["email"])
    to: str = Field(examples=["qa@example.org"], description="whom it reaches: addresses, a machine or a service")
    min_severity: Literal["info", "warning", "critical"]
    client: str | None = Field(examples=["acme"], description="it is told of that client's lots only")
    waiting: int = Field(examples=[0], description="messages that wait for it")
    last_success: Time | None
    last_failure: Time | None
    last_error: str | None = Field(examples=["answered 503"], description="of the last failure")
