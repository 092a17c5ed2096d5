"""The firing that is asked about, as this person may see it."""

from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from typing import Any

from sqlalchemy import select

from api.access import require_batch
from api.deps import View
from api.reads.names import places_called
from api.web.frame.texts import text
from domain.errors import NotFoundError
from domain.model import ProfileVersion, Rule, Site
from domain.topics import whole
from ledger.models.hold import Reason, reason_from
from rules.subjects.whereabouts import UnitKey
from store.tables import firings


@dataclass(frozen=True, slots=True)
class Subject:
    """For what a rule fired: a unit of a batch (None: the lot is one), or a location."""

    location: str | None = None
    product: str | None = None
    lot: str | None = None
    unit: str | None = None


@dataclass(frozen=True, slots=True)
class Fired:
    """A firing: in its newest revision, `superseded_at` None while it is what is believed."""

    subject: Subject
    rule: str
    at: int
    action: str
    severity: str
    because: Reason
    places: Sequence[str]  # as far as they may be told
    called: Sequence[str]  # the same, as people call them
    known_at: int
    superseded_at: int | None

    @property
    def sentence(self) -> str:
        """The same as everywhere, with the names of the locations."""
        return whole(self.because.sentence or "", asdict(self.subject), self.called)

    @property
    def why(self) -> Mapping[str, Any]:
        """The sentence as structure."""
        return self.because.why or {}


def find_fired(view: View, subject: Subject, rule: str, at: int) -> Fired:
    """Return what fired. Raises NotFoundError where nothing did, in the same words for what may not be seen."""
    named = [
        firings.c[name].is_(None) if value is None else firings.c[name] == value
        for name, value in asdict(subject).items()
    ]
    query = select(firings).where(*named, firings.c.rule == rule, firings.c.at == at)
    newest = query.order_by(firings.c.superseded_at.is_not(None), firings.c.row.desc()).limit(1)
    row = view.connection.execute(newest).first() if _may_be_asked(view, subject) else None
    if row is None:
        raise NotFoundError(text("why.none"))
    because = reason_from(row.because)
    places = because.places or ()
    if subject.product is not None and subject.lot is not None:
        unit = UnitKey(subject.product, subject.lot, subject.unit)
        places = view.policy.where(unit, (because.since, because.until), places)
    told = (row.rule, row.at, row.action, row.severity, because)
    names = places_called(view)
    called = [names.get(place, place) for place in places]
    return Fired(subject, *told, places, called, row.known_at, row.superseded_at)


def _may_be_asked(view: View, subject: Subject) -> bool:
    if subject.product is None or subject.lot is None:
        return view.policy.knows_authors and subject.location is not None
    require_batch(view.policy, view.snapshot, (subject.product, subject.lot))
    return True


def version_and_rule(site: Site, fired: Fired) -> tuple[ProfileVersion | None, Rule | None]:
    """Return the version that fired and its rule; None for what is not there any more."""
    for version in site.profiles.get(fired.because.profile, ()):
        if version.version == fired.because.version:
            return version, next((rule for rule in version.rules if rule.id == fired.rule), None)
    return None, None
