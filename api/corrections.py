"""What the API asks of the one writer. Each call returns when the engine has taken it, or raises what it refused."""

import json
from collections.abc import Iterable, Mapping, Sequence
from typing import Any

import msgspec

from api.deps import Caller
from domain.model import UnitKey
from domain.times import parse_duration
from ledger.readings.packing import pack
from ledger.requests import (
    Acknowledge,
    Activate,
    Allow,
    Comment,
    Correct,
    DateUnit,
    Dispose,
    DrawNumber,
    EntryName,
    Item,
    Redrive,
    Review,
    Shelve,
    Shown,
    Signature,
    TryChannel,
    UndoRejection,
    Unshelve,
)
from sites.reach import refuse_anywhere
from sites.schema import Entry


def put(caller: Caller, entries: Sequence[Entry]) -> None:
    """Write entries of the site, all or none."""
    for entry in entries:
        _refuse_any_file(entry.kind, entry.doc)
    caller.ask(Correct(put=[Item(entry.kind, entry.doc) for entry in entries], one_place=True))


def tell(caller: Caller, kind: str, fields: Mapping[str, Any]) -> None:
    """Add an entry of the site, or change the fields of it that are named."""
    _refuse_any_file(kind, fields)
    caller.ask(Correct(put=[Item(kind, dict(fields), keeps=True)], one_place=True))


def _refuse_any_file(kind: str, fields: Mapping[str, Any]) -> None:
    """Refuse that a source put over the API reads any file of the machine as its secret."""
    if kind == "source":
        refuse_anywhere(fields)


def draw_number(caller: Caller, fields: Mapping[str, Any], line: str | None) -> str:
    """Enter a batch under the next number of its product; return its key."""
    return str(caller.ask(DrawNumber(fields=dict(fields), line=line))["put"][0]["key"])


def lot_of(key: str) -> tuple[str, str]:
    """Return product and lot of the key of a batch."""
    product, lot = json.loads(key)
    return product, lot


def activate(
    caller: Caller,
    profiles: Sequence[Mapping[str, Any]],
    reason: str,
    signature: Signature | None = None,
    over: Sequence[int] = (),
) -> list[str]:
    """Put new versions of profiles in force; return their keys, none if a second person must sign first.

    `over`: the holds on record that whoever signs knows them to reach.
    """
    asked = Activate(profiles=[dict(each) for each in profiles], reason=reason, signature=signature, over=list(over))
    return [each["key"] for each in caller.ask(asked)["put"]]


def date_unit(
    caller: Caller, unit: UnitKey, opened_at: int | None, thawed_at: int | None, reason: str | None = None
) -> None:
    """Say when a unit was opened and thawed."""
    caller.ask(DateUnit(**unit._asdict(), opened_at=opened_at, thawed_at=thawed_at, reason=reason))


def remove(caller: Caller, kind: str, key: str) -> None:
    """Remove an entry of the site."""
    caller.ask(Correct(remove=[EntryName(kind, key)]))


def dispose(
    caller: Caller,
    state: str,
    ids: Sequence[int],
    reason: str,
    signature: Signature | None = None,
    *,
    allow: Allow | None = None,
    shown: Sequence[Shown] = (),
) -> None:
    """Release or reject holds, all or none: `state` is what they will be.

    `allow`: how much more a release allows; `shown`: what was on the screen.
    """
    asked = Dispose(holds=list(ids), state=state, reason=reason, signature=signature, allow=allow, shown=list(shown))
    caller.ask(asked)


def undo_rejection(caller: Caller, ids: Sequence[int], reason: str, signature: Signature | None = None) -> bool:
    """Sign that rejections are undone; tell whether they are, or a second person must sign."""
    asked = UndoRejection(holds=list(ids), reason=reason, signature=signature)
    return bool(caller.ask(asked)["undone"])


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


def review(caller: Caller, notice: int) -> None:
    """Say that a person has looked at a notice of a device."""
    caller.ask(Review(notice=notice))


def record_readings(
    caller: Caller, rows: Iterable[tuple[str, str, int, int | None]], reason: str, instrument: str | None
) -> Mapping[str, int]:
    """Take readings `(sensor, quantity, instant, value)` that a person entered; return what became of how many."""
    request = msgspec.structs.replace(pack(rows), reason=reason, instrument=instrument)
    answer: Mapping[str, int] = caller.ask(request)
    return answer


def redrive(caller: Caller, ids: Sequence[int]) -> Any:
    """Decode dead letters again; return how many and what failed."""
    return caller.ask(Redrive(letters=list(ids)))
