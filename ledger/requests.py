"""What anybody may ask of the one writer, as it lies in the inbox: JSON with the word under `do`."""

from typing import Any, TypeAlias

import msgspec

from domain.errors import InvalidError


class Request(msgspec.Struct, tag_field="do", forbid_unknown_fields=True, frozen=True, kw_only=True):
    """Base of all requests."""


class Item(msgspec.Struct, forbid_unknown_fields=True, frozen=True):
    """An entry as somebody wants it: its fields as in the site file.

    `keeps`: what it does not name stays as it is, if there is such an entry; else it is preset.
    """

    kind: str
    fields: dict[str, Any]
    keeps: bool = False


class EntryName(msgspec.Struct, forbid_unknown_fields=True, frozen=True):
    """An entry that is there: its kind and its canonical key."""

    kind: str
    key: str


class Correct(Request, tag="correct", frozen=True):
    """Put and remove entries, all or none.

    `new`: refuse what is there already; `one_place`: and a storage record of a unit that is recorded elsewhere then.
    Answer: `{"put": [{kind, key, doc}], "removed": [{kind, key}]}`.
    """

    put: list[Item] = []
    remove: list[EntryName] = []
    new: bool = False
    one_place: bool = False
    reason: str | None = None


class DrawNumber(Request, tag="draw", frozen=True):
    """Enter a lot under the next number of its product's numbering; `fields` are the batch's but `lot`.

    `line`: where the number tells of one. Answer: as of `Correct`; the journal has that, with the number.
    """

    fields: dict[str, Any]
    line: str | None = None
    reason: str | None = None


class DateUnit(Request, tag="date_unit", frozen=True):
    """Say when a unit was opened and thawed; None: it was not. Answer: the same, with `product`, `lot` and `unit`."""

    product: str
    lot: str
    unit: str | None
    opened_at: int | None = None
    thawed_at: int | None = None
    reason: str | None = None


class RecordSerials(Request, tag="serials", frozen=True):
    """Record serials of a lot, each as its first and its last, and the unit that they are in; None: in none.

    Answer: `{"product", "lot", "unit", "count"}`.
    """

    product: str
    lot: str
    unit: str | None
    serials: list[tuple[str, str]]
    reason: str | None = None


class Apply(Request, tag="apply", frozen=True):
    """Bring the site to what a file says.

    Answer: `{"put", "same", "kept_by_person", "not_mentioned"}`, each a list of paths, and `extended`, what
    extended profiles among those put say otherwise than their source; with `dry_run` nothing is done.
    """

    entries: list[Item]
    dry_run: bool = False
    reason: str | None = None
    retroactive: bool = False
    second: "Signature | None" = None


class Signature(msgspec.Struct, forbid_unknown_fields=True, frozen=True):
    """That somebody proved who they are at the moment of the action: the printed name, and what signing meant."""

    name: str
    meaning: str


class Activate(Request, tag="activate", frozen=True):
    """Put new versions of profiles in force, all or none, each from its `effective_from` on: who, why and from when.

    Or change from when a version is: the same rules with another `effective_from`. If that reaches holds that are on
    record, `over` must name them all, and two people must ask for the same thing (where the site wants four eyes).
    Answer: `{"put": [{kind, key, doc}], "waiting": bool}`; `waiting`: it is signed, and a second person must sign too.
    """

    profiles: list[dict[str, Any]]
    reason: str
    signature: Signature | None = None
    over: list[int] = []
    second: Signature | None = None  # of the second person, where one command takes both


class Allow(msgspec.Struct, forbid_unknown_fields=True, frozen=True):
    """How much more is allowed after a release: minutes outside, and the worst value in them (10⁻⁶ of the unit)."""

    minutes: float
    up_to: int


class Shown(msgspec.Struct, forbid_unknown_fields=True, frozen=True):
    """What was shown of a hold when a person decided: its revision, and the numbers that go on growing."""

    hold: int
    revision: int
    minutes: float | None = None
    peak: int | None = None


class Dispose(Request, tag="dispose", frozen=True):
    """Release or reject holds, all or none. Answer: `{"holds": [id]}`.

    A release covers what is known, and what `allow` says. `shown`: it is refused if something else is on record by now.
    """

    holds: list[int]
    state: str  # released | rejected
    reason: str
    signature: Signature | None = None
    allow: Allow | None = None
    shown: list[Shown] = []


class UndoRejection(Request, tag="undo_rejection", frozen=True):
    """Take rejections back, all or none: what two people sign, each by asking for it.

    Answer: `{"holds": [id], "undone": bool}`: after the second signature the units are on hold again.
    """

    holds: list[int]
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
    readings has only that done. Answer: `{"readings", "faults", "not_judged", "conflicts", "known", "waiting"}`, each a
    number: how many were there already, and how many units and locations are still to be judged, a few in each step.
    Of readings that a person entered the record has the reason, and what they were read from.
    """

    series: list[tuple[str, str]] = []
    packed: bytes = b""
    more: bool = False
    reason: str | None = None
    instrument: str | None = None


class PlaceAgain(Request, tag="place", frozen=True):
    """Place readings that were kept for an uncertain time, of journal rows after one. Answer: `{"placed": n}`."""

    after: int = 0


class Review(Request, tag="review", frozen=True):
    """Say that a person has looked at a notice of a device. Answer: `{"notice": id}`."""

    notice: int


class TryChannel(Request, tag="test", frozen=True):
    """Send a test through a channel. Answer: `{"channel": id, "delivery": id}`; the notifier sends it, once."""

    channel: str


class Override(msgspec.Struct, forbid_unknown_fields=True, frozen=True):
    """That somebody wants stock moved, used or shipped although it is on hold or blocked."""

    reason: str
    signature: Signature | None = None


class Record(Request, tag="record", frozen=True):
    """Record movements of stock, all or none, each given as where it stands in what was given and as JSON.

    `override`: also what would be refused because stock is on hold, blocked or expired.
    `key`: the same request with the same key has the same answer, and is done once. Answer: `{"movements": [{"id",
    "number", "is_new", "recorded"}], "differing": [[product, lot, unit]], "held": [hold], "unfounded": [hold]}`.
    """

    movements: list[tuple[str, str]]
    key: str | None = None
    override: Override | None = None


class PlaceOrder(Request, tag="order", frozen=True):
    """Place an order, given as JSON: `{id, for, document, lines: [{product, quantity, uom, strategy, location}]}`.

    Answer: `{"order": id}`.
    """

    order: str


class ReserveOrder(Request, tag="reserve", frozen=True):
    """Reserve what is missing of an order, by the rules of `pick`.

    Answer: `{"order", "lines": [{"line", "reserved": [[product, lot, unit, quantity]], "short", "passed_over":
    [[product, lot, unit, reason]]}]}`; quantities are texts.
    """

    order: str


class ReleaseReservations(Request, tag="release_reservation", frozen=True):
    """Keep reservations of an order no longer; none named: those that are stopped. Answer: `{"order", "released"}`."""

    order: str
    reservations: list[int] = []
    reason: str | None = None


class StartPick(Request, tag="pick_start", frozen=True):
    """Say that one picks an order. Answer: `{"order", "picker"}`."""

    order: str


class ConfirmPick(Request, tag="pick_confirm", frozen=True):
    """Confirm a reserved unit by what was scanned or typed. Answer: `{"order", "reservation", "left"}`."""

    order: str
    scan: str


class ShipOrder(Request, tag="order_ship", frozen=True):
    """Ship what was picked of an order; all of it must be, unless `partial`. Answer: `{"order", "movement"}`."""

    order: str
    shipment: str | None = None  # preset: the order's id
    via: str | None = None
    at: int | None = None  # preset: now
    partial: bool = False


class CancelOrder(Request, tag="order_cancel", frozen=True):
    """End an order without shipping it. Answer: `{"order": id}`."""

    order: str
    reason: str | None = None


class OpenCount(Request, tag="count_open", frozen=True):
    """Begin a count at a location: `full`, or `cycle`, perhaps of certain units. Answer: `{"sheet": id}`."""

    location: str
    kind: str = "cycle"
    units: list[tuple[str, str, str | None]] = []


class CountUnit(Request, tag="count_unit", frozen=True):
    """Say how much was counted of a unit, as JSON `{product, lot, unit, quantity, uom}`.

    Answer: `{"sheet", "unit", "quantity"}`.
    """

    sheet: int
    line: str


class CloseCount(Request, tag="count_close", frozen=True):
    """Record what was counted, or give the count up. Answer: `{"sheet", "count": movement, "differing"}`."""

    sheet: int
    give_up: bool = False


class ProposeAdjustments(Request, tag="adjust", frozen=True):
    """Propose to put differences of a count right; no units: all that a movement would put right.

    Answer: `{"adjustments": [{"id", "unit", "recorded"}]}`; not recorded: a second person must approve.
    """

    count: str
    reason: str
    units: list[tuple[str, str, str | None]] = []


class DecideAdjustment(Request, tag="adjust_decide", frozen=True):
    """Approve an adjustment, or refuse it. Answer: `{"adjustment", "state"}`."""

    adjustment: int
    approve: bool
    reason: str | None = None


class Rebuild(Request, tag="rebuild", frozen=True):
    """Judge everything from scratch and write what was stored otherwise. Answer: `{"differed": [line]}`."""


Entering: TypeAlias = Correct | Activate
Deciding: TypeAlias = Dispose | UndoRejection
Said: TypeAlias = Acknowledge | Comment | Review | DateUnit | RecordSerials
Action: TypeAlias = Entering | DrawNumber | Apply | Deciding | Said | Shelve | Unshelve | Redrive | TryChannel
Ordering: TypeAlias = (
    PlaceOrder | ReserveOrder | ReleaseReservations | StartPick | ConfirmPick | ShipOrder | CancelOrder
)
Counting: TypeAlias = OpenCount | CountUnit | CloseCount | ProposeAdjustments | DecideAdjustment
AnyRequest: TypeAlias = Ordering | Counting | Action | Import | PlaceAgain | Record | Rebuild


def read(request: Any) -> AnyRequest:
    """Return the request that lies in the inbox. Raises InvalidError for what is none."""
    try:
        return msgspec.convert(request, AnyRequest)  # type: ignore[no-any-return, call-overload, unused-ignore]
    except msgspec.ValidationError as error:
        raise InvalidError(f"not a request: {error}") from error


def written(request: Request) -> Any:
    """Return the request as it is kept in the inbox."""
    return msgspec.to_builtins(request)
