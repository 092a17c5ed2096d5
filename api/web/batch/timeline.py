"""What happened to a batch, newest first: moves, exposures, holds, problems, decisions, with names where seen. Pure."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import NamedTuple

from markupsafe import Markup

from api.models.movements import Movement
from api.reads.profile_versions import ProfileVersions
from api.web.batch.decided import holds_revised, placed_and_decided
from api.web.batch.reported import ReviewDue, Rules, entries_of, reviews
from api.web.batch.revised import revised
from api.web.batch.tables import Exposed
from api.web.batch.words import beyond, numbers_of, short_names
from api.web.components.versions import version_items
from api.web.frame.formats import Clock, duration, inline
from api.web.frame.sentences import listed, say
from api.web.frame.texts import text
from api.web.movements.words import summary
from api.web.problem.item import Item, grouped, quoted
from api.web.problem.revisions import silences_of
from domain.model import Dated, Site, always
from domain.times import NEVER, parse_instant
from ledger.models.alert import Alert
from ledger.models.audit_entry import AuditEntry
from ledger.models.exposure import Exposure
from ledger.models.finality import is_retroactive
from ledger.models.hold import Hold
from ledger.models.unit import Unit

NO_PROFILE: Dated[str | None] = always(None)


class Raised(NamedTuple):
    """When an alert was raised, how severe it was then; `unfounded_at`: since when it is believed no more."""

    at: int
    severity: str
    unfounded_at: int | None = None


@dataclass(frozen=True, slots=True)
class Past:
    """What there is to tell of. `corrections` are lines of the audit trail; `sees_site`: problems have pages."""

    units: Sequence[Unit]
    alerts: Sequence[Alert]
    corrections: Sequence[AuditEntry]
    made_at: int | None
    parents: Sequence[Markup]
    sees_site: bool
    revisions: Sequence[Exposure] = ()  # of its exposures, those in force included
    called: Mapping[str, str] = field(default_factory=dict)  # what people call locations, by id
    firings: Sequence[ReviewDue] = ()  # in all their revisions
    holds: Sequence[Hold] = ()  # in all their revisions
    versions: ProfileVersions = field(default_factory=ProfileVersions)
    profile: Dated[str | None] = NO_PROFILE  # of the product
    entered: int = -NEVER  # when it was recorded
    raised: Mapping[int, Sequence[Raised]] = field(default_factory=dict)  # by alert
    movements: Sequence[Movement] = ()  # where they tell of the batch, storage records do not


def timeline(site: Site, product: str, past: Past, clock: Clock) -> list[Item]:
    """Return everything that happened, each thing by the version that counted when it became known."""
    rules = Rules(site, product, past.profile, past.versions)
    items = [
        *_made(past),
        *(_movements(past.movements) if past.movements else _moves(past.units, clock.now, past.called)),
        *_exposures(entries_of(past.units, past.revisions, rules), len(past.units), past.called, past.alerts),
        *reviews(past.firings, rules, len(past.units), clock),
        *placed_and_decided(past.units, past.holds, rules, clock),
        *holds_revised(past.holds, len(past.units), clock),
        *(item for alert in past.alerts for item in _of_alert(alert, past, clock)),
        *_corrected(past.corrections),
        *revised(rules, past.revisions, len(past.units), clock),
        *version_items(
            past.versions, _life(past, clock.now), past.entered, _causes(past), clock, knows_authors=past.sees_site
        ),
    ]
    return sorted((item for item in items if item.at <= clock.now), key=lambda item: (-item.at, -item.order))


def _life(past: Past, now: int) -> tuple[int, int]:
    """Return from its first stay to the end of its last one."""
    stays = [stay for unit in past.units for stay in unit.stays]
    return min((stay.since for stay in stays), default=now), min(now, max((stay.until for stay in stays), default=now))


def _causes(past: Past) -> set[int]:
    """Return the events of versions that are the cause of something told here."""
    revised: list[Exposure | Hold | ReviewDue] = [*past.revisions, *past.holds, *past.firings]
    causes = [cause for each in revised for cause in (each.cause, each.superseded_because) if cause is not None]
    return {cause["event"] for cause in causes if is_retroactive(cause) and "event" in cause}


def _made(past: Past) -> Iterator[Item]:
    if past.made_at is not None:
        details = [say("batch.made_from", parents=listed(list(past.parents)))] if past.parents else []
        yield Item(past.made_at, say("batch.made"), details, None, "plain", 0)


def _movements(movements: Sequence[Movement]) -> Iterator[Item]:
    """Tell of each movement in a line of words."""
    for each in movements:
        details = [*quoted(each.movement.get("reason"))]
        yield Item(parse_instant(each.at), Markup.escape(summary(each.movement)), details, each.who, "plain", 1)


def _moves(units: Sequence[Unit], now: int, called: Mapping[str, str]) -> Iterator[Item]:
    """Tell of each coming and going; who goes from one place to the next moves."""
    for (at, start, end), alike in grouped(_steps(units, now), lambda step: step[1:]):
        names, count = short_names([name for name, *_ in alike], len(units)), len(alike)
        left, reached = (place and called.get(place, place) for place in (start, end))
        if end is None:
            yield Item(at, say("batch.left", units=names, place=left, count=count), [], None, "plain", 1)
        else:
            details = [say("batch.came_from", place=left)] if start is not None else []
            yield Item(at, say("batch.moved", units=names, place=reached, count=count), details, None, "plain", 1)


def _steps(units: Sequence[Unit], now: int) -> Iterator[tuple[str | None, int, str | None, str | None]]:
    """Yield `(unit, instant, place left, place come to)`."""
    for unit in units:
        own = [stay for stay in unit.stays if not stay.inherited and stay.name is not None]
        begins = {stay.since for stay in own}
        for stay in own:
            before = next((other.name for other in own if other.until == stay.since), None)
            yield unit.name, stay.since, before, stay.name
            if stay.until <= now and stay.until not in begins:
                yield unit.name, stay.until, stay.name, None


def _exposures(rows: Sequence[Exposed], of: int, called: Mapping[str, str], alerts: Sequence[Alert]) -> Iterator[Item]:
    """Tell when units went outside and came back; rules with the same bounds are told of at once."""
    for key, alike in grouped(rows, lambda row: (row.units, beyond(row.condition, row.rule), row.exposure.span)):
        (names, what, (since, _)), first = key, alike[0]
        exposure = first.exposure
        units, rules = short_names(names, of), ", ".join(row.rule for row in alike)
        tone = "hold" if any(row.exposure.fired_at is not None for row in alike) else "warn"
        places = [called.get(place, place) for place in first.places]
        where = [say("batch.at_places", places=listed(places))] if places else []
        details = [*where, say("timeline.rules", rules=rules, count=len(alike))]
        yield Item(since, say("batch.began", units=units, what=what), details, None, tone, 2)
        if exposure.until is not None:
            more = numbers_of(exposure.peak, exposure.degree_minutes, first.condition, limited=False)
            numbers = Markup(", ").join([duration(exposure.duration), *more])
            kind = "lost" if _is_lost(exposure, alerts) else "back"
            yield Item(exposure.until, say(f"batch.{kind}", units=units, what=what), [numbers], None, "plain", 3)


def _is_lost(exposure: Exposure, alerts: Sequence[Alert]) -> bool:
    """Tell whether it ends where data end: no value within limits was heard."""
    until = exposure.end
    silences = (span for alert in alerts if exposure.rule in alert.rules for span in silences_of(alert))
    return any(since < until <= end for since, end in silences)


def _of_alert(alert: Alert, past: Past, clock: Clock) -> Iterator[Item]:
    problem = say("batch.problem", number=alert.id)
    if past.sees_site:
        problem = Markup('<a href="/problems/{}">{}</a>').format(alert.id, problem)
    for each in past.raised.get(alert.id) or (Raised(alert.raised_at, alert.severity),):
        said = [say("batch.severity", severity=inline(text(f"words.{each.severity}")))]
        if each.unfounded_at is not None:
            said.append(say("timeline.unfounded_since", at=clock.at(each.unfounded_at)))
        yield Item(max(each.at, alert.since), say("batch.raised", problem=problem), said, None, "plain", 5)
    if alert.acknowledged_at is not None:
        title = say("batch.acknowledged", problem=problem)
        yield Item(alert.acknowledged_at, title, quoted(alert.comment), alert.acknowledged_by, "plain", 6)


def _corrected(lines: Sequence[AuditEntry]) -> Iterator[Item]:
    """Tell what of the record was entered, changed or taken back, and by whom."""
    for (at, who, kind, what, reason), alike in grouped(lines, _same_action):
        yield Item(at, say(f"batch.{kind}_{what}", count=len(alike)), quoted(reason), who, "plain", 0)


def _same_action(line: AuditEntry) -> tuple[int, str, str, str, str | None]:
    what = "changed" if line.what == "put" and not line.is_new else line.what
    return line.at, line.who, line.kind, what, line.reason
