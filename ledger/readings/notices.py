"""Counting what devices sent and no verdict rests on, and telling of it: once for each device and kind.

Counted is what was heard live, exactly once: what comes again (a message whose acknowledgement was lost, a file read
twice) changes no reading and is not counted again. A replay of the journal derives readings, and leaves the counts.
"""

import json
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import Connection

from domain.notices import FORMS, Notice, fault, not_judged
from domain.readings import NOT_JUDGED
from ledger.alerts.outbox import tell_of_notice
from ledger.inputs import Arrived
from ledger.step import Step
from store import notices
from store.dedup import kept_at
from store.notices import FORMS_AT_MOST, SAMPLES_AT_MOST, Key, NoticeRow
from store.readings import Clash
from store.rows import Row, series_and_instant

# (sensor, quantity, instant, refused value, value kept) -> what is outside by the refused value and not by the other
Breached = Callable[[str, str, int, int, int], Sequence[str]]
Named = tuple[str, str, str]  # device, probe, quantity

_NOT_JUDGED = int(NOT_JUDGED)
# What is sent to the channels, too: stock may be outside, or readings of one place taken for another's.
_SENT: Mapping[str, str] = {Notice.CONFLICT_OUTSIDE: "critical", Notice.FEWER_PROBES: "warning"}
_VALUE = ("probe", "quantity", "measured_at", "value")  # what tells the samples of readings apart
_PAYLOAD_SHOWN = 300  # bytes


@dataclass(slots=True)
class Odd:
    """A reading that is not judged or says that there is no value, and its message (None: it came in a file)."""

    row: Row
    named: Named
    message: Arrived | None
    sent: int | None  # as it was sent: a number that is a fault by the sensor's gate


class NoticeBook:
    """What is to be counted at the end of the step."""

    def __init__(self, breached: Breached) -> None:
        self.breached = breached
        self._counted: dict[Key, NoticeRow] = {}
        self._dropped: dict[Key, list[dict[str, Any]]] = {}  # samples of what is of another kind
        self._forms: dict[tuple[str, int], object] = {}  # remarks on the form of a device's messages, known already

    # --- messages ---

    def letter(self, message: Arrived, journal: int) -> None:
        """Count a message that could not be decoded."""
        self._count(
            "", _filter(message), Notice.UNREADABLE, message.received_at, journal, _sample(message, message.error)
        )

    def message(self, message: Arrived, journal: int) -> None:
        """Count a message without a reading, and what is remarked of a message."""
        if message.error is not None or self._is_known(message):
            return
        source = _filter(message)
        devices = list(dict.fromkeys(reading.device for reading in message.readings)) or list(message.said_of)
        if not message.readings:
            kind = Notice.IGNORED if message.is_ignored else Notice.NO_READING
            for device, of in [(device, "") for device in devices] or [("", source)]:
                self._count(device, of, kind, message.received_at, journal, _sample(message))
        for remark in message.remarks:
            of_devices = [remark.device] if remark.device else devices
            for device, of in [(device, "") for device in of_devices] or [("", source)]:
                sample = {"text": _storable(remark.text)} if remark.kind in FORMS else _sample(message, remark.text)
                self._count(device, of, remark.kind, message.received_at, journal, sample)

    def _is_known(self, message: Arrived) -> bool:
        """Tell whether a message remarks nothing but the form that was seen of its first device before."""
        if not message.readings:
            return False
        key = message.readings[0].device, id(message.remarks)
        if key in self._forms:
            return True
        if all(remark.kind in FORMS for remark in message.remarks):
            self._forms[key] = message.remarks  # held, so that no other gets its id
        return False

    # --- readings ---

    def readings(self, connection: Connection, odd: Sequence[Odd], journal: int) -> None:
        """Count readings that are not judged and faults, unless they are kept already: to be called before they are."""
        kept = kept_at(connection, [each.row for each in odd])
        seen = set()
        for each in odd:
            row, key = each.row, series_and_instant(each.row)
            if key in seen or key in kept:
                continue
            seen.add(key)
            kind = not_judged(row[4]) if row[4] & _NOT_JUDGED else fault(row[4])
            value = each.sent if row[2] is None else row[2]
            sample = _reading(each.named, row[1], value) | (_sample(each.message) if each.message else {})
            self._count(each.named[0], "", kind, row[3], journal, sample)

    def conflicts(
        self, clashes: Iterable[tuple[Clash, Named, str | None, Arrived | None]]
    ) -> list[tuple[int, int, int]]:
        """Count values that were refused because another was there first: each with its series, sensor and message.

        Return those that are outside a limit: series, instant, value.
        """
        outside: list[tuple[int, int, int]] = []
        for clash, named, sensor, message in clashes:
            device, _, quantity = named
            by = self.breached(sensor, quantity, clash.measured_at, clash.refused, clash.kept) if sensor else ()
            sample = _reading(named, clash.measured_at, clash.refused) | {"kept": clash.kept}
            sample |= _sample(message) if message else {}
            if by:
                sample["limits"] = list(by)
                outside.append((clash.series, clash.measured_at, clash.refused))
            kind = Notice.CONFLICT_OUTSIDE if by else Notice.CONFLICT
            self._count(device, "", kind, clash.received_at, clash.journal, sample)
        return outside

    def found_outside(self, clash: Clash, named: Named, by: Sequence[str]) -> None:
        """Count a value that was refused before among those that are outside a limit, as the site is by now."""
        device = named[0]
        sample = _reading(named, clash.measured_at, clash.refused) | {"kept": clash.kept}
        self._count(device, "", Notice.CONFLICT, clash.received_at, clash.journal, sample, by=-1)
        sample["limits"] = list(by)
        self._count(device, "", Notice.CONFLICT_OUTSIDE, clash.received_at, clash.journal, sample)

    # --- writing ---

    def _count(
        self, device: str, source: str, kind: str, at: int, journal: int, sample: dict[str, Any], by: int = 1
    ) -> None:
        """Count one more; `by` -1: one less, for it is of another kind."""
        key = device, source, str(kind)
        row = self._counted.get(key)
        if row is None:
            row = self._counted[key] = NoticeRow(*key, first_at=at)
        if kind not in FORMS:
            row.count += by
        if by < 0:
            self._dropped.setdefault(key, []).append(sample)
            return
        row.last_at, row.journal = max(row.last_at, at), journal
        row.samples.append({"at": at, "journal": journal, **sample})
        if kind not in FORMS and len(row.samples) > SAMPLES_AT_MOST:
            del row.samples[0]

    def write(self, step: Step) -> None:
        """Write what was counted in the step, a row for each device and kind, and tell of what is new."""
        counted, self._counted = self._counted, {}
        dropped, self._dropped = self._dropped, {}
        if not counted:
            return
        before = notices.find(step.connection, list(counted))
        rows = [_added(before.get(key), row, dropped.get(key, ())) for key, row in counted.items()]
        changed = [row for row in rows if row is not None]
        notices.put(step.connection, changed)
        news = [row.key for row in changed if counted[row.key].count > 0 and _is_new(before.get(row.key))]
        numbers = notices.find(step.connection, news)
        for key in news:
            row = numbers[key]
            step.event_log.event("device.noticed", {"device": row.device, "source": row.source, "notice": row.kind})
            if row.id is not None and (severity := _SENT.get(row.kind)):
                tell_of_notice(step, row.id, severity)


def _is_new(before: NoticeRow | None) -> bool:
    """Tell whether nobody was told: there was none, or somebody has looked at all there were."""
    return before is None or before.fresh == 0


def _added(before: NoticeRow | None, new: NoticeRow, dropped: Sequence[dict[str, Any]] = ()) -> NoticeRow | None:
    """Return the row as it is now; None if nothing is new. `dropped`: samples of what is not of its kind any more."""
    if new.kind in FORMS:
        return _with_forms(before or NoticeRow(*new.key, first_at=new.first_at), new)
    if before is None:
        new.fresh = new.count
        return new if new.count > 0 else None
    fresh = before.fresh + new.count
    new.count, new.fresh = max(before.count + new.count, 0), max(fresh, 0)
    new.first_at, new.last_at = min(before.first_at, new.first_at), max(before.last_at, new.last_at)
    new.journal = new.journal or before.journal
    new.samples = [*(each for each in before.samples if not _is_among(each, dropped)), *new.samples][-SAMPLES_AT_MOST:]
    return new


def _is_among(sample: Mapping[str, Any], dropped: Sequence[Mapping[str, Any]]) -> bool:
    return any(all(sample.get(name) == each[name] for name in _VALUE) for each in dropped)


def _with_forms(before: NoticeRow, new: NoticeRow) -> NoticeRow | None:
    known = {sample["text"] for sample in before.samples}
    fresh = [sample for sample in {each["text"]: each for each in new.samples}.values() if sample["text"] not in known]
    fresh = fresh[: max(FORMS_AT_MOST - len(known), 0)]
    if not fresh:
        return None
    before.samples += fresh
    before.count, before.fresh = before.count + len(fresh), before.fresh + len(fresh)
    before.last_at, before.journal = new.last_at, new.journal
    return before


def _filter(message: Arrived) -> str:
    """Return the topic filter of the message's source; "" if none listens to its topic."""
    try:
        return str(json.loads(message.source)[0])
    except ValueError:
        return message.source


def _reading(named: Named, at: int, value: int | None) -> dict[str, Any]:
    return {"probe": named[1], "quantity": named[2], "measured_at": at, "value": value}


def _sample(message: Arrived, text: str | None = None) -> dict[str, Any]:
    sample: dict[str, Any] = {
        "topic": _storable(message.topic),
        "payload": _begin(message.payload),
        "retained": message.retained,
    }
    return sample if text is None else {**sample, "text": _storable(text)}


def _begin(payload: bytes) -> str:
    """Return the beginning of a payload as text that any database keeps."""
    return _storable(payload[:_PAYLOAD_SHOWN].decode(errors="backslashreplace"))


def _storable(text: str) -> str:
    return text.replace("\0", "\\0").encode(errors="backslashreplace").decode()
