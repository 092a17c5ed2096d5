"""What the API asks of the one writer. Each call returns when the engine has taken it, or raises what it refused."""

from collections.abc import Mapping, Sequence
from typing import Any

from api.deps import Caller
from domain.times import parse_duration
from ledger.requests import (
    Acknowledge,
    Activate,
    Comment,
    Correct,
    Dispose,
    EntryName,
    Item,
    Redrive,
    Shelve,
    Signature,
    TryChannel,
    Unshelve,
)
from sites.schema import Entry


def put(caller: Caller, entries: Sequence[Entry]) -> None:
    """Write entries of the site, all or none."""
    caller.ask(Correct(put=[Item(entry.kind, entry.doc) for entry in entries]))


def activate(
    caller: Caller, profiles: Sequence[Mapping[str, Any]], reason: str, signature: Signature | None = None
) -> list[str]:
    """Put new versions of profiles in force; return their keys."""
    answer = caller.ask(Activate(profiles=[dict(each) for each in profiles], reason=reason, signature=signature))
    return [each["key"] for each in answer["put"]]


def remove(caller: Caller, kind: str, key: str) -> None:
    """Remove an entry of the site."""
    caller.ask(Correct(remove=[EntryName(kind, key)]))


def dispose(caller: Caller, state: str, ids: Sequence[int], reason: str, signature: Signature | None = None) -> None:
    """Release or reject holds, all or none: `state` is what they will be."""
    caller.ask(Dispose(holds=list(ids), state=state, reason=reason, signature=signature))


def acknowledge(caller: Caller, alert: int, comment: str | None) -> None:
    """Say that a person knows of an alert."""
    caller.ask(Acknowledge(alert=alert, comment=comment))


def shelve(caller: Caller, alert: int, lasting: str, reason: str) -> None:
    """Have nobody told of an alert's problem for so long. Raises InvalidError for what is no duration."""
    caller.ask(Shelve(alert=alert, lasting=parse_duration(lasting), reason=reason))


def unshelve(caller: Caller, alert: int, reason: str | None) -> None:
    """End that before its time."""
    caller.ask(Unshelve(alert=alert, reason=reason))


def comment(caller: Caller, alert: int, text: str) -> int:
    """Say something about an alert; return the comment's number."""
    return int(caller.ask(Comment(alert=alert, text=text))["comment"])


def test_channel(caller: Caller, channel: str) -> int:
    """Have a test sent; return the number of its delivery."""
    return int(caller.ask(TryChannel(channel=channel))["delivery"])


def redrive(caller: Caller, ids: Sequence[int]) -> Any:
    """Decode dead letters again; return how many and what failed."""
    return caller.ask(Redrive(letters=list(ids)))
