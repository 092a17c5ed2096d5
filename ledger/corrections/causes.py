"""Why a revision is written: what its step heard, corrected or came to. Worked out only where something changed.

A cause is JSON with its `kind`:

- `correction`: `who` changed `entries` (`kind`, `key`, what was done) that the subject's judgement rests on; `event` is
  the number of the first;
- `late`: `readings` (sensor, quantity, journal row, first and last instant, how many) that came more than 5 minutes
  after they were measured; `reading`: such that did not; `import`: `who` brought them in a file, up to journal row
  `journal`;
- `version`: a `version` of a `profile` came into force at `at`; with `who`, `what`, `reason` and `event`: it was put
  there, changed or removed afterwards, with effect from an instant that had passed; `count`: so many versions were;
- `time`: it passed, until a delay, a silence or a stay began to count;
- `movement`: `who` recorded movements of stock that the subject's judgement rests on: the ids of the first few, and how
  many (`count`);
- `decision`: `who` released or rejected the hold; `rebuild`: everything was judged again.
"""

import json
from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from functools import cached_property
from typing import Any, NamedTuple

from sqlalchemy import Connection

from domain.model import QUANTITIES, Site
from domain.times import MINUTE, parse_instant
from ledger.event_log import EventLog
from ledger.histories import Histories
from ledger.inputs import Arrived
from rules.subjects.places import Places
from rules.subjects.whereabouts import InForce, LocationKey, Stay, Subject, UnitKey, in_force, location_subject
from sites.schema import KINDS
from store.state import last_event

Cause = dict[str, Any]
Key = UnitKey | LocationKey
Why = Callable[[Key], Cause]
StaysOf = Callable[[UnitKey], tuple[Stay, ...] | None]
Brought = dict[tuple[str, str], list[tuple[int, int]]]  # sensor, quantity → instants, each with its journal row

LATE_AFTER = 5 * MINUTE
NAMED_AT_MOST = 5
REBUILT: Cause = {"kind": "rebuild"}


def rebuilt(subject: Key) -> Cause:
    """Return that everything was judged again."""
    return REBUILT


class Moved(NamedTuple):
    """Which units are elsewhere since this step, and where units are now."""

    entered: Collection[Key]  # by entries of the step
    placed_for: Mapping[Key, Cause]  # otherwise, each with why
    stays: StaysOf


class RestsOn(NamedTuple):
    """Everything but readings that a subject is judged by: two are equal if and only if it is the same."""

    stays: object
    versions: Sequence[InForce]
    sensors: object


class Rested:
    """What subjects are judged by, besides readings: by one configuration, and the stays of units as they are now."""

    def __init__(self, site: Site, stays: StaysOf, places: Places | None = None) -> None:
        """`places`: those of the site, where somebody has them."""
        self.site = site
        self.places = places or Places(site)
        self._stays = stays

    def stays(self, key: Key) -> tuple[Stay, ...] | None:
        """Return where it was; None if there is no such thing."""
        if not isinstance(key, LocationKey):
            return self._stays(key) if key.product in self.site.products else None
        known = key.location in self.site.locations
        return location_subject(self.site, self.places, key.location).stays if known else None

    def subject(self, key: Key) -> Subject | None:
        """Return where it was and what is required of it; None if there is no such thing."""
        if isinstance(key, LocationKey):
            known = key.location in self.site.locations
            return location_subject(self.site, self.places, key.location) if known else None
        stays, product = self._stays(key), self.site.products.get(key.product)
        if stays is None or product is None:
            return None
        return Subject(key, stays, in_force(self.site, product.profile))

    def all_of(self, key: Key) -> RestsOn | None:
        """Return everything that the subject rests on."""
        subject = self.subject(key)
        if subject is None:
            return None
        spans = [self.places.speaking(stay.location, quantity) for stay in subject.stays for quantity in QUANTITIES]
        probes = {name: self.site.sensors[name] for each in spans for name in {span.sensor for span in each}}
        kinds = [self.places.kind(stay.location) for stay in subject.stays]
        meant = {name: (sensor.device, sensor.probe) for name, sensor in probes.items()}
        return RestsOn(subject.stays, subject.versions, (spans, kinds, meant))


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
        moved: Moved,
        postponed: Cause | None = None,
    ) -> None:
        self._connection = connection
        self._event_log = event_log
        self._before = before
        self._after = after
        self._received_in = heard
        self._judged = judged  # the present instant of the step before, and of this one
        self._moved = moved
        self._postponed = postponed
        self._known: dict[Key, Cause] = dict(moved.placed_for)
        self._read_at: dict[tuple[Stay, ...], Cause | None] = {}

    def of(self, subject: Key) -> Cause:
        """Return why something else is said of a subject now."""
        if subject not in self._known:
            entered_or_heard = self._corrected(subject) or self._read(subject)
            self._known[subject] = entered_or_heard or self._postponed or self._passed(subject)
        return self._known[subject]

    @cached_property
    def _old(self) -> Rested:
        return Rested(self._before.site, self._moved.stays, self._before.places)

    @cached_property
    def _new(self) -> Rested:
        return Rested(self._after.site, self._moved.stays, self._after.places)

    # --- corrections ---

    def _corrected(self, subject: Key) -> Cause | None:
        if self._after is self._before:
            return None
        if subject in self._moved.entered:
            return self._of_entries(subject)
        old, new = self._old.all_of(subject), self._new.all_of(subject)
        if old == new:
            return None
        if old is not None and new is not None and old._replace(versions=new.versions) == new:
            pairs = ((old.versions, new.versions), (new.versions, old.versions))
            others = [each.version for these, those in pairs for each in these if each not in those]
            changed = {(version.profile, version.version) for version in others}
            if versions := [action for action in self._of_versions if _version_of(action[1]) in changed]:
                return _of_version(versions)
        return self._of_entries(subject)

    def _of_entries(self, subject: Key) -> Cause | None:
        actions = [action for action in self._entered if _may_concern(action[1], subject)] or self._entered
        return self._named(actions) if actions else None

    def correction(self) -> Cause:
        """Return all that the step has corrected so far."""
        if self._of_versions and len(self._of_versions) == len(self._entered):
            return _of_version(self._of_versions)
        return self._named(self._entered) if self._entered else REBUILT

    @cached_property
    def _of_versions(self) -> list[tuple[int, Cause]]:
        return [action for action in self._entered if action[1]["kind"] == "profile"]

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
        """Actions on entries, with the numbers that their events will have."""
        first = last_event(self._connection) + 1
        return [(first + place, action) for place, action in self._event_log.actions if action["kind"] in KINDS]

    # --- readings ---

    def _read(self, subject: Key) -> Cause | None:
        """Return what was heard where a subject was: worked out once for all that were in the same places."""
        stays = self._new.stays(subject) if self._received_in else None
        if stays is None:
            return None
        if stays not in self._read_at:
            self._read_at[stays] = self._received_at(stays)
        return self._read_at[stays]

    def _received_at(self, stays: tuple[Stay, ...]) -> Cause | None:
        found = list(self._reached(stays))
        for kind, late in (("late", True), ("reading", False)):
            readings = [
                each for sensor, quantity, said in found if (each := self._readings(sensor, quantity, said, late))
            ]
            if readings:
                return {"kind": kind, "readings": readings[:NAMED_AT_MOST]}
        return None

    def _readings(self, sensor: str, quantity: str, said: Sequence[tuple[int, int]], late: bool) -> Cause | None:
        those = [each for each in said if (self._event_log.at - each[0] > LATE_AFTER) == late]
        if not those:
            return None
        first, last = min(those), max(those)
        named = {"sensor": sensor, "quantity": quantity, "journal": last[1]}
        return {**named, "since": first[0], "until": last[0], "count": len(those)}

    def _reached(self, stays: tuple[Stay, ...]) -> Iterator[tuple[str, str, list[tuple[int, int]]]]:
        """Yield what was heard of sensors while they spoke for where a subject was."""
        spans: dict[tuple[str, str], list[tuple[int, int]]] = {}
        for stay in stays:
            for quantity in QUANTITIES:
                for span in self._new.places.speaking(stay.location, quantity):
                    between = max(stay.since, span.since), min(stay.until, span.until)
                    spans.setdefault((span.sensor, quantity), []).append(between)
        for name in sorted(spans.keys() & self._brought.keys()):
            said = [each for each in self._brought[name] if any(a <= each[0] <= b for a, b in spans[name])]
            if said:
                yield *name, said

    @cached_property
    def _brought(self) -> Brought:
        said: Brought = {}
        for journal, messages in self._received_in:
            for message in messages:
                for reading in message.readings:
                    sensor = self._after.sensors.get((reading.device, reading.probe))
                    if sensor is not None:
                        at = message.received_at if reading.measured_at is None else reading.measured_at
                        said.setdefault((sensor, reading.quantity), []).append((at, journal))
        return said

    # --- time ---

    def _passed(self, key: Key) -> Cause:
        subject = self._new.subject(key)
        for version in subject.versions if subject is not None else ():
            if self._judged[0] < version.since <= self._judged[1]:
                named = {"profile": version.version.profile, "version": version.version.version}
                return {"kind": "version", **named, "at": version.since}
        return {"kind": "time"}


def _version_of(action: Cause) -> tuple[str, int]:
    profile, version = json.loads(action["key"])
    return profile, int(version)


def _of_version(actions: Sequence[tuple[int, Cause]]) -> Cause:
    """Return that versions of profiles were activated, changed or removed afterwards; the first one is named."""
    event, action = actions[0]
    profile, version = _version_of(action)
    doc = action["after"] or action["before"]
    said = {name: action[name] for name in ("who", "what", "reason")}
    at = parse_instant(doc["effective_from"])
    return {
        "kind": "version",
        "profile": profile,
        "version": version,
        "at": at,
        **said,
        "event": event,
        "count": len(actions),
    }


def _may_concern(action: Cause, subject: Key) -> bool:
    """Tell whether an action can be why; what was done about another lot is not, unless it is an ancestor's."""
    if not isinstance(subject, UnitKey) or action["kind"] not in ("placement", "batch"):
        return True
    doc = action["after"] or action["before"]
    return bool((doc["product"], doc["lot"]) == (subject.product, subject.lot))
