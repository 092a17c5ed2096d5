"""The triggered alarm that is asked about, as this person may see it."""

from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from typing import Any

from sqlalchemy import select

from api.access import require_batch
from api.deps import View
from api.web.frame.texts import text
from domain.errors import NotFoundError
from domain.model import ProfileVersion, Rule, Site
from domain.topics import whole
from ledger.models.finality import Cause, cause_for_client
from ledger.models.hold import Reason, reason_from
from rules.subjects.whereabouts import UnitKey
from store.tables import firings, holds


@dataclass(frozen=True, slots=True)
class Subject:
    """For what a rule triggered: a unit of a batch (None: the lot is one), or a location."""

    location: str | None = None
    product: str | None = None
    lot: str | None = None
    unit: str | None = None


@dataclass(frozen=True, slots=True)
class TriggeredAlarm:
    """A triggered alarm: in its newest revision, `superseded_at` None while it is what is believed."""

    subject: Subject
    rule: str
    at: int
    action: str
    severity: str
    reason: Reason
    places: Sequence[str]  # as far as they may be told
    called: Sequence[str]  # the same, as people call them
    known_at: int
    superseded_at: int | None
    superseded_because: Cause | None = None  # as far as it may be told

    @property
    def sentence(self) -> str:
        """The same as everywhere, with the names of the locations."""
        return whole(self.reason.sentence or "", asdict(self.subject), self.called)

    @property
    def why(self) -> Mapping[str, Any]:
        """The sentence as structure."""
        return self.reason.why or {}


def find_alarm(view: View, subject: Subject, rule: str, at: int) -> TriggeredAlarm:
    """Return what triggered. Raises NotFoundError where nothing did, in the same words for what may not be seen."""
    named = [
        firings.c[name].is_(None) if value is None else firings.c[name] == value
        for name, value in asdict(subject).items()
    ]
    query = select(firings).where(*named, firings.c.rule == rule, firings.c.at == at)
    newest = query.order_by(firings.c.superseded_at.is_not(None), firings.c.row.desc()).limit(1)
    row = view.connection.execute(newest).first() if _may_be_asked(view, subject) else None
    if row is None:
        return _find_held_again(view, subject, rule, at)
    reason = reason_from(row.because)
    places = reason.places or ()
    if subject.product is not None and subject.lot is not None:
        unit = UnitKey(subject.product, subject.lot, subject.unit)
        places = view.policy.where(unit, (reason.since, reason.until), places)
    recorded = (row.rule, row.at, row.action, row.severity, reason)
    called = [view.snapshot.called.get(place, place) for place in places]
    cause = row.superseded_because if view.policy.knows_authors else cause_for_client(row.superseded_because)
    return TriggeredAlarm(subject, *recorded, places, called, row.known_at, row.superseded_at, cause)


def _find_held_again(view: View, subject: Subject, rule: str, at: int) -> TriggeredAlarm:
    """Return what holds a unit again since a release. Raises NotFoundError where nothing does."""
    row = None
    if subject.product is not None and _may_be_asked(view, subject):
        unit = holds.c.unit.is_(None) if subject.unit is None else holds.c.unit == subject.unit
        same = (holds.c.product == subject.product, holds.c.lot == subject.lot, unit, holds.c.rule == rule)
        row = view.connection.execute(
            select(holds).where(*same, holds.c.fired_at == at).order_by(holds.c.id.desc())
        ).first()
    if row is None or row.why.get("after") is None:
        raise NotFoundError(text("why.none"))
    reason = reason_from(row.why)
    key = UnitKey(row.product, row.lot, row.unit)
    places = view.policy.where(key, (reason.since, reason.until), reason.places or ())
    called = [view.snapshot.called.get(place, place) for place in places]
    severity = reason.severity or "critical"
    return TriggeredAlarm(subject, rule, at, "hold", severity, reason, places, called, row.placed_at, None)


def _may_be_asked(view: View, subject: Subject) -> bool:
    if subject.product is None or subject.lot is None:
        return view.policy.knows_authors and subject.location is not None
    require_batch(view.policy, view.snapshot, (subject.product, subject.lot))
    return True


def version_and_rule(site: Site, alarm: TriggeredAlarm) -> tuple[ProfileVersion | None, Rule | None]:
    """Return the version of which it is and its rule; None for what is not there any more."""
    for version in site.profiles.get(alarm.reason.profile, ()):
        if version.version == alarm.reason.version:
            return version, next((rule for rule in version.rules if rule.id == alarm.rule), None)
    return None, None
