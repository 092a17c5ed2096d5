"""Why a revision is written: what its step heard, corrected or came to. Worked out only where something changed.

A cause is JSON with its `kind`:

- `correction`: `who` changed `entries` (`kind`, `key`, what was done) that the subject's judgement rests on; `event` is
  the number of the first;
- `late`: `readings` (sensor, quantity, journal row, first and last instant, how many) that came more than 5 minutes
  after they were measured; `reading`: such that did not; `import`: `who` brought them in a file, up to journal row
  `journal`;
- `version`: a `version` of a `profile` came into force at `at`; `time`: it passed, until a delay, a silence or a stay
  began to count;
- `decision`: `who` released or rejected the hold; `rebuild`: everything was judged again.
"""

from collections.abc import Callable, Iterator, Sequence
from functools import cached_property
from typing import Any

from sqlalchemy import Connection

from domain.model import QUANTITIES, Site
from domain.times import MINUTE
from ledger.event_log import EventLog
from ledger.histories import Histories
from ledger.inputs import Arrived
from rules.subjects.places import Places
from rules.subjects.whereabouts import LocationKey, Subject, UnitKey, Whereabouts
from sites.schema import KINDS
from store.state import last_event

Cause = dict[str, Any]
Key = UnitKey | LocationKey
Why = Callable[[Key], Cause]
Said = dict[tuple[str, str], list[tuple[int, int]]]  # sensor, quantity → instants, each with its journal row

LATE_AFTER = 5 * MINUTE
NAMED_AT_MOST = 5
REBUILT: Cause = {"kind": "rebuild"}


def rebuilt(subject: Key) -> Cause:
    """Return that everything was judged again."""
    return REBUILT


class Rested:
    """What subjects of one site are judged by, besides readings."""

    def __init__(self, site: Site) -> None:
        self.site = site
        self.places = Places(site)
        self._whereabouts = Whereabouts(site, self.places)

    def subject(self, key: Key, until: int) -> Subject | None:
        """Return where it was and what is required of it; None if there is no such thing."""
        if isinstance(key, LocationKey):
            return self._whereabouts.location(key.location) if key.location in self.site.locations else None
        return self._whereabouts.unit(key, until) if (key.product, key.lot) in self.site.batches else None

    def all_of(self, key: Key, until: int) -> object:
        """Return something that differs if and only if the subject rests on something else."""
        subject = self.subject(key, until)
        if subject is None:
            return None
        spans = [self.places.speaking(stay.location, quantity) for stay in subject.stays for quantity in QUANTITIES]
        probes = {name: self.site.sensors[name] for each in spans for name in {span.sensor for span in each}}
        kinds = [self.places.kind(stay.location) for stay in subject.stays]
        meant = {name: (sensor.device, sensor.probe) for name, sensor in probes.items()}
        return subject.stays, subject.versions, spans, kinds, meant


class Causes:
    """Of one step: `before` are the histories before it, `heard` the messages taken, each lot with its journal row.

    `postponed` is why that waits to be judged which the passing of time may judge first.
    """

    def __init__(
        self,
        connection: Connection,
        event_log: EventLog,
        before: Histories,
        after: Histories,
        heard: Sequence[tuple[int, Sequence[Arrived]]],
        judged: tuple[int, int],
        postponed: Cause | None = None,
    ) -> None:
        self._connection = connection
        self._event_log = event_log
        self._before = before
        self._after = after
        self._heard = heard
        self._judged = judged  # the present instant of the step before, and of this one
        self._postponed = postponed
        self._known: dict[Key, Cause] = {}

    def of(self, subject: Key) -> Cause:
        """Return why something else is said of a subject now."""
        if subject not in self._known:
            entered_or_heard = self._corrected(subject) or self._read(subject)
            self._known[subject] = entered_or_heard or self._postponed or self._passed(subject)
        return self._known[subject]

    @cached_property
    def _old(self) -> Rested:
        return Rested(self._before.site)

    @cached_property
    def _new(self) -> Rested:
        return Rested(self._after.site)

    # --- corrections ---

    def _corrected(self, subject: Key) -> Cause | None:
        if self._after is self._before:
            return None
        until = self._judged[1]
        if self._old.all_of(subject, until) == self._new.all_of(subject, until):
            return None
        actions = [action for action in self._entered if _may_concern(action[1], subject)] or self._entered
        return self._named(actions) if actions else None

    def correction(self) -> Cause:
        """Return all that the step has corrected so far."""
        return self._named(self._entered) if self._entered else REBUILT

    def _named(self, actions: Sequence[tuple[int, Cause]]) -> Cause:
        return {
            "kind": "correction",
            "who": actions[0][1]["who"],
            "entries": [
                {name: action[name] for name in ("kind", "key", "what")} for _, action in actions[:NAMED_AT_MOST]
            ],
            "count": len(actions),
            "event": actions[0][0],
        }

    @cached_property
    def _entered(self) -> list[tuple[int, Cause]]:
        """Deeds about entries, with the numbers that their events will have."""
        first = last_event(self._connection) + 1
        return [(first + place, action) for place, action in self._event_log.actions if action["kind"] in KINDS]

    # --- readings ---

    def _read(self, subject: Key) -> Cause | None:
        found = list(self._reached(subject)) if self._heard else []
        for kind, late in (("late", True), ("reading", False)):
            readings = [each for sensor, quantity, said in found if (each := self._told(sensor, quantity, said, late))]
            if readings:
                return {"kind": kind, "readings": readings[:NAMED_AT_MOST]}
        return None

    def _told(self, sensor: str, quantity: str, said: Sequence[tuple[int, int]], late: bool) -> Cause | None:
        those = [each for each in said if (self._event_log.at - each[0] > LATE_AFTER) == late]
        if not those:
            return None
        first, last = min(those), max(those)
        named = {"sensor": sensor, "quantity": quantity, "journal": last[1]}
        return {**named, "since": first[0], "until": last[0], "count": len(those)}

    def _reached(self, key: Key) -> Iterator[tuple[str, str, list[tuple[int, int]]]]:
        """Yield what was heard of sensors while they spoke for where the subject was."""
        subject = self._new.subject(key, self._judged[1])
        spans: dict[tuple[str, str], list[tuple[int, int]]] = {}
        for stay in subject.stays if subject is not None else ():
            for quantity in QUANTITIES:
                for span in self._new.places.speaking(stay.location, quantity):
                    between = max(stay.since, span.since), min(stay.until, span.until)
                    spans.setdefault((span.sensor, quantity), []).append(between)
        for name in sorted(spans.keys() & self._said.keys()):
            said = [each for each in self._said[name] if any(a <= each[0] <= b for a, b in spans[name])]
            if said:
                yield *name, said

    @cached_property
    def _said(self) -> Said:
        said: Said = {}
        for journal, messages in self._heard:
            for message in messages:
                for reading in message.readings:
                    sensor = self._after.sensors.get((reading.device, reading.probe))
                    if sensor is not None:
                        at = message.received_at if reading.measured_at is None else reading.measured_at
                        said.setdefault((sensor, reading.quantity), []).append((at, journal))
        return said

    # --- time ---

    def _passed(self, key: Key) -> Cause:
        subject = self._new.subject(key, self._judged[1])
        for version in subject.versions if subject is not None else ():
            if self._judged[0] < version.since <= self._judged[1]:
                named = {"profile": version.version.profile, "version": version.version.version}
                return {"kind": "version", **named, "at": version.since}
        return {"kind": "time"}


def _may_concern(action: Cause, subject: Key) -> bool:
    """Tell whether an action can be why; what was done about another lot is not, unless it is an ancestor's."""
    if not isinstance(subject, UnitKey) or action["kind"] not in ("placement", "batch"):
        return True
    doc = action["after"] or action["before"]
    return bool((doc["product"], doc["lot"]) == (subject.product, subject.lot))
