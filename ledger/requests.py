"""What anybody may ask of the one writer, as it lies in the inbox: JSON with the word under `do`."""

from typing import Any, TypeAlias

import msgspec

from domain.errors import InvalidError


class Request(msgspec.Struct, tag_field="do", forbid_unknown_fields=True, frozen=True, kw_only=True):
    """Base of all requests."""


class Item(msgspec.Struct, forbid_unknown_fields=True, frozen=True):
    """An entry as somebody wants it: its fields as in the site file."""

    kind: str
    fields: dict[str, Any]


class EntryName(msgspec.Struct, forbid_unknown_fields=True, frozen=True):
    """An entry that is there: its kind and its canonical key."""

    kind: str
    key: str


class Correct(Request, tag="correct", frozen=True):
    """Put and remove entries, all or none.

    `new`: refuse what is there already. Answer: `{"put": [{kind, key, doc}], "removed": [{kind, key}]}`.
    """

    put: list[Item] = []
    remove: list[EntryName] = []
    new: bool = False
    reason: str | None = None


class Apply(Request, tag="apply", frozen=True):
    """Bring the site to what a file says.

    Answer: `{"put", "same", "kept_by_person", "not_mentioned"}`, each a list of paths; with `dry_run` nothing is done.
    """

    entries: list[Item]
    dry_run: bool = False
    reason: str | None = None


class Signature(msgspec.Struct, forbid_unknown_fields=True, frozen=True):
    """That somebody proved who they are at the moment of the action: the printed name, and what signing meant."""

    name: str
    meaning: str


class Activate(Request, tag="activate", frozen=True):
    """Put new versions of profiles in force, all or none, each from its `effective_from` on: who, why and from when.

    Answer: `{"put": [{kind, key, doc}]}`.
    """

    profiles: list[dict[str, Any]]
    reason: str
    signature: Signature | None = None


class Dispose(Request, tag="dispose", frozen=True):
    """Release or reject holds, all or none. Answer: `{"holds": [id]}`."""

    holds: list[int]
    state: str  # released | rejected
    reason: str
    signature: Signature | None = None


class Acknowledge(Request, tag="acknowledge", frozen=True):
    """Say that an alert is known. Answer: `{"alert": id}`."""

    alert: int
    comment: str | None = None


class Shelve(Request, tag="shelve", frozen=True):
    """Have nobody told of an alert's problem for a while (microseconds). Answer: `{"alert": id, "until": instant}`."""

    alert: int
    lasting: int
    reason: str


class Unshelve(Request, tag="unshelve", frozen=True):
    """End that before its time. Answer: `{"alert": id}`."""

    alert: int
    reason: str | None = None


class Comment(Request, tag="comment", frozen=True):
    """Say something about an alert. Answer: `{"alert": id, "comment": id}`."""

    alert: int
    text: str


class Redrive(Request, tag="redrive", frozen=True):
    """Decode dead letters again with the sources as they are now; no ids: all that wait.

    Answer: `{"redriven": n, "failed": [{"id", "reason"}], "readings": n}`; what fails again goes on waiting.
    """

    letters: list[int] | None = None


class Import(Request, tag="import", frozen=True):
    """Take a block of readings of `[sensor id, or device/probe; quantity]` as if they had just come.

    Packed by `ledger.readings.packing`. `more`: others follow, so judging what they reach can wait; one without
    readings has only that done. Answer: `{"readings", "not_judged", "conflicts", "known", "waiting"}`, each a number:
    how many were there already, and how many units and locations are still to be judged, a few in each step.
    """

    series: list[tuple[str, str]] = []
    packed: bytes = b""
    more: bool = False


class TryChannel(Request, tag="test", frozen=True):
    """Send a test through a channel. Answer: `{"channel": id, "delivery": id}`; the notifier sends it, once."""

    channel: str


class Rebuild(Request, tag="rebuild", frozen=True):
    """Judge everything from scratch and write what was stored otherwise. Answer: `{"differed": [line]}`."""


Entering: TypeAlias = Correct | Activate
Action: TypeAlias = Entering | Apply | Dispose | Acknowledge | Shelve | Unshelve | Comment | Redrive | TryChannel
AnyRequest: TypeAlias = Action | Import | Rebuild


def read(request: Any) -> AnyRequest:
    """Return the request that lies in the inbox. Raises InvalidError for what is none."""
    try:
        return msgspec.convert(request, AnyRequest)  # type: ignore[no-any-return, call-overload, unused-ignore]
    except msgspec.ValidationError as error:
        raise InvalidError(f"not a request: {error}") from error


def written(request: Request) -> Any:
    """Return the request as it is kept in the inbox."""
    return msgspec.to_builtins(request)
