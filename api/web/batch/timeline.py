"""What happened to a batch, newest first: moves, exposures, holds, problems, decisions, with names where seen. Pure."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from markupsafe import Markup

from api.web.batch.revised import revised
from api.web.batch.tables import Exposed, decided, exposed
from api.web.batch.words import beyond, numbers_of, requirement, rule_at, short_names
from api.web.frame.formats import Clock, duration, inline
from api.web.frame.sentences import listed, say
from api.web.frame.texts import text
from api.web.problem.item import Item, grouped, quoted
from domain.model import Site
from ledger.models.alert import Alert
from ledger.models.exposure import Exposure
from ledger.models.unit import Unit

Fields = Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class Past:
    """What there is to tell of. `corrections` are lines of the audit trail; `sees_site`: problems have pages."""

    units: Sequence[Unit]
    alerts: Sequence[Alert]
    corrections: Sequence[Fields]
    made_at: int | None
    parents: Sequence[Markup]
    sees_site: bool
    revisions: Sequence[Exposure] = ()  # of its exposures, those in force included
    called: Mapping[str, str] = field(default_factory=dict)  # what people call locations, by id


def timeline(site: Site, product: str, past: Past, clock: Clock) -> list[Item]:
    """Return everything that happened."""
    items = [
        *_made(past),
        *_moves(past.units, clock.now, past.called),
        *_exposures(exposed(site, product, past.units), len(past.units), past.called),
        *_reviews(site, product, past.units),
        *_holds(past.units, site, product),
        *(item for alert in past.alerts for item in _of_alert(alert, past.sees_site)),
        *_corrected(past.corrections),
        *revised(site, product, past.revisions, len(past.units), clock),
    ]
    return sorted((item for item in items if item.at <= clock.now), key=lambda item: (-item.at, -item.order))


def _made(past: Past) -> Iterator[Item]:
    if past.made_at is not None:
        details = [say("batch.made_from", parents=listed(list(past.parents)))] if past.parents else []
        yield Item(past.made_at, say("batch.made"), details, None, "plain", 0)


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


def _exposures(rows: Sequence[Exposed], of: int, called: Mapping[str, str]) -> Iterator[Item]:
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
            yield Item(exposure.until, say("batch.back", units=units, what=what), [numbers], None, "plain", 3)


def _reviews(site: Site, product: str, units: Sequence[Unit]) -> Iterator[Item]:
    fired = [(unit.name, f.rule, f.at) for unit in units for f in unit.verdict.firings if f.action == "review"]
    for (rule, at), alike in grouped(fired, lambda found: found[1:]):
        names = short_names([name for name, *_ in alike], len(units))
        why = requirement(rule_at(site, product, rule, at), rule)
        title = say("batch.to_review", units=names, count=len(alike))
        yield Item(at, title, [say("batch.rule", rule=rule, required=why)], None, "warn", 3)


def _holds(units: Sequence[Unit], site: Site, product: str) -> Iterator[Item]:
    for row in decided(units):
        hold, names, count = row.hold, short_names(row.units, len(units)), len(row.units)
        why = requirement(rule_at(site, product, hold.rule, hold.fired_at), hold.rule)
        details = [say("batch.rule", rule=hold.rule, required=why)]
        yield Item(hold.placed_at, say("batch.were_held", units=names, count=count), details, None, "hold", 4)
        if hold.disposed_at is not None:
            title = say(f"batch.were_{hold.state}", units=names, count=count)
            yield Item(hold.disposed_at, title, quoted(hold.reason), hold.disposed_by, "plain", 6)


def _of_alert(alert: Alert, sees_site: bool) -> Iterator[Item]:
    problem = say("batch.problem", number=alert.id)
    if sees_site:
        problem = Markup('<a href="/problems/{}">{}</a>').format(alert.id, problem)
    severity = say("batch.severity", severity=inline(text(f"words.{alert.severity}")))
    yield Item(alert.raised_at, say("batch.raised", problem=problem), [severity], None, "plain", 5)
    if alert.acknowledged_at is not None:
        title = say("batch.acknowledged", problem=problem)
        yield Item(alert.acknowledged_at, title, quoted(alert.comment), alert.acknowledged_by, "plain", 6)


def _corrected(lines: Sequence[Fields]) -> Iterator[Item]:
    """Tell what of the record was entered, changed or taken back, and by whom."""
    for (at, who, kind, what, reason), alike in grouped(lines, _same_action):
        yield Item(at, say(f"batch.{kind}_{what}", count=len(alike)), quoted(reason), who, "plain", 0)


def _same_action(line: Fields) -> tuple[int, str, str, str, str | None]:
    what = "changed" if line["what"] == "put" and line["before"] is not None else line["what"]
    return line["at"], line["who"], line["kind"], what, line["reason"]
