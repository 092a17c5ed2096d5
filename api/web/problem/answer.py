"""What a problem's page says first: what is wrong where, which lots, how bad. Pure."""

from collections.abc import Sequence
from dataclasses import dataclass

from markupsafe import Markup

from api.web.components.causes import words_of
from api.web.frame import formats
from api.web.frame.allowance import say_used
from api.web.frame.formats import Clock
from api.web.frame.naming import name_units
from api.web.frame.sentences import say
from api.web.problem.lots import LotRow
from api.web.problem.record import Record, in_force
from domain.model import ProfileVersion, Rule, Site
from ledger.models.alert import Alert, Status, Suppression
from ledger.models.excursion import Excursion
from ledger.models.exposure import Exposure
from rules.alarms import lifecycle
from rules.alarms.out_of_reach import say_where
from rules.alarms.problems import Clearing, Fired
from rules.judgement import Firing
from rules.messages.words import UNITS, describe_bounds
from rules.subjects.whereabouts import UnitKey

_ACTIONS = ("notify", "review", "hold")


@dataclass(frozen=True, slots=True)
class Answer:
    """The title, the lots in one clause, the numbers in another. `tone` is hold, warn or plain."""

    title: Markup
    lots: Markup
    numbers: Markup
    tone: str
    state: Status
    alarm: lifecycle.State  # as the standards name it
    suppressed: Markup | None  # why nobody is told
    clearing: Markup | None  # that it is over, and when that is told
    no_data: str | None  # that nobody knows whether it is over, since when, and the last that was heard
    unknown: str | None  # of which stock nothing is known
    out_of_reach: str | None  # of units that it came too late for: where they are
    peak: int | None


def answer(record: Record, rows: Sequence[LotRow], site: Site, clock: Clock, place: str | None = None) -> Answer:
    """Say what the record says. `place`: what people call the location, where that is not its id."""
    alert = record.alert
    return Answer(
        title=_title(alert, place or alert.place),
        lots=Markup.escape(alert.sentence.rstrip(".")) if not alert.is_measured else _lots(rows, alert),
        numbers=Markup() if not alert.is_measured else _numbers(record, site, clock),
        tone=_tone(rows, alert),
        state=alert.status,
        alarm=alert.state,
        suppressed=_suppressed(alert.suppressed, clock),
        clearing=_clearing(alert.clearing, clock),
        no_data=_no_data(alert, clock),
        unknown=_unknown(alert, clock),
        out_of_reach=_out_of_reach(alert),
        peak=_peak(record),
    )


def _suppressed(why: Suppression | None, clock: Clock) -> Markup | None:
    if why is None:
        return None
    return say("problem.suspended", until=clock.at(why.until), reason=why.reason)


def _clearing(clearing: Clearing | None, clock: Clock) -> Markup | None:
    return say("problem.clearing", until=clock.at(clearing.until)) if clearing else None


def _no_data(alert: Alert, clock: Clock) -> str | None:
    """Say since when there are no data, or from when to when there were none."""
    if alert.no_data is None or not alert.founded:
        return None
    since, until, sensor = alert.no_data.since, alert.no_data.until, alert.no_data.sensor
    if until is not None:
        return say("problem.no_data_from", since=clock.at(since), until=clock.at(until, since))
    if alert.no_data.value is None or alert.quantity not in UNITS:
        return say("problem.no_data_since", since=clock.at(since))
    value = formats.value(alert.no_data.value, alert.quantity)
    said = {"since": clock.at(since), "value": value}
    return say("problem.no_data_of", **said, sensor=sensor) if sensor else say("problem.no_data_last", **said)


def _unknown(alert: Alert, clock: Clock) -> Markup | None:
    """Say of which lots nothing is known, and since when."""
    if not alert.unknown or not alert.founded:
        return None
    since, ends = min(lot.since for lot in alert.unknown), [lot.until for lot in alert.unknown]
    said = {"count": len({lot.key[:2] for lot in alert.unknown}), "since": clock.at(since)}
    units = name_units([lot.key for lot in alert.unknown])
    if None in ends:
        key = "problem.unknown_from" if since > clock.now else "problem.unknown_since"
        return say(key, units=units, **said)
    until = clock.at(max(end for end in ends if end is not None), since)
    return say("problem.unknown_until", units=units, until=until, **said)


def _out_of_reach(alert: Alert) -> str | None:
    outs = [(lot.unit or lot.lot, lot.out) for lot in alert.lots if lot.out]
    return say_where(outs) if outs else None


def _title(alert: Alert, place: str) -> Markup:
    if not alert.is_measured:
        return say(f"topics.is_{alert.topic}", place=" ".join(alert.batch or ()))
    going = "is" if alert.over_since is None and alert.founded and not alert.is_silent else "was"
    return say(f"topics.{going}_{alert.topic}", place=place)


def _lots(rows: Sequence[LotRow], alert: Alert) -> Markup:
    """Say of the worst state which units are in it, and how many others there are."""
    if not rows:
        return say(f"problem.{no_lots(alert)}")
    state = rows[0].state
    those = [row.name for row in rows if row.state == state]
    more = sum(row.state != state and row.minutes is not None for row in rows)  # None: it was taken out of the problem
    said = say(f"problem.lots_{state}", units=name_units(those), count=len(those))
    return said + say("problem.others", count=more) if more else said


def no_lots(alert: Alert) -> str:
    """Return what is said where no unit was exposed: that none was only where that is known."""
    if not alert.founded:
        return "no_lots_unfounded"
    return "no_lots_unknown" if alert.unknown else "no_lots"


def _tone(rows: Sequence[LotRow], alert: Alert) -> str:
    if any(row.state == "held" for row in rows):
        return "hold"
    if any(row.state in ("unfounded", "review") for row in rows):
        return "warn"
    if alert.status not in ("new", "acknowledged"):
        return "plain"
    return "hold" if alert.severity == "critical" else "warn"


def _numbers(record: Record, site: Site, clock: Clock) -> Markup:
    alert = record.alert
    if not alert.founded:
        said = say("problem.unfounded_numbers", since=clock.at(alert.since))
        cause = cause_of_end(record, clock)
        return said if cause is None else say("problem.with_cause", what=said, cause=cause)
    if (used := _used(record, site, clock)) is not None:
        return used
    over, lasted = alert.outside_until, _lasted(alert, clock)
    if alert.is_silent and over is not None:
        when = say("problem.when_silent", lasted=lasted, since=clock.at(alert.since), until=clock.at(over, alert.since))
    elif over == alert.since:
        when = say("problem.when_at_once", since=clock.at(alert.since))
    elif over is None:
        when = say("problem.when_going", lasted=lasted, since=clock.at(alert.since))
    else:
        when = say("problem.when_ended", lasted=lasted, since=clock.at(alert.since), until=clock.at(over, alert.since))
    required = _required(record, site)
    said = say("problem.required", required=required, when=when) if required else when
    peak = _peak(record)
    if peak is not None:
        said += say("problem.peak", peak=formats.value(peak, alert.quantity))
    limit = _limit(record, site)
    return said + say("problem.limit", limit=limit) if limit else said


def _lasted(alert: Alert, clock: Clock) -> str | Markup:
    """Return how long it has been outside."""
    lasted = formats.duration(alert.outside_for(clock.now))
    return say("problem.in_all", lasted=lasted) if alert.paused else lasted


def cause_of_end(record: Record, clock: Clock, at: int | None = None) -> Markup | None:
    """Return why what was reported is believed no more; `at`: what ended at that instant."""
    found: list[Exposure | Excursion] = [*record.exposures, *record.excursions]
    ended = [(each.superseded_at, each.superseded_because) for each in found if each.superseded_at is not None]
    newest = max((each for each in ended if at in (None, each[0])), key=lambda each: each[0], default=None)
    return words_of(newest[1], clock) if newest else None


def _used(record: Record, site: Site, clock: Clock) -> Markup | None:
    """Say how much of an allowance that adds up is used, and since when it is being used this time.

    Of several units the one that used most is told of.
    """
    alike = _worst_alike(record)
    if not alike:
        return None
    fired = max(alike, key=lambda each: each.firing.why.get("measured") or 0)
    firing, alert = fired.firing, record.alert
    found: list[Exposure | Excursion] = [*record.exposed_now, *in_force(record.excursions)]
    of_it = (each for each in found if (each.rule, each.since) == (firing.rule, firing.since))
    this = next((each for each in of_it if each.key == fired.subject), None)
    this_time = (this.since, this.minutes, this.peak) if this else (firing.at, None, None)
    used = say_used(version_and_rule(site, firing)[1], firing.why, this_time, clock)
    if used is None:
        return None
    if len({each.firing.why.get("measured") for each in alike}) > 1:
        used = say("problem.up_to", used=used)
    over = alert.outside_until
    if over is None or over == alert.since:
        return say("problem.this_time_since", used=used, since=clock.at(alert.since))
    return say("problem.this_time_until", used=used, since=clock.at(alert.since), until=clock.at(over, alert.since))


def _worst_alike(record: Record) -> list[Fired]:
    """Return what the worst rule fired for units, else for the place."""
    worst = _worst(record)
    if worst is None:
        return []
    alike = [each for each in record.firings if (each.firing.rule, each.firing.action) == (worst.rule, worst.action)]
    return [each for each in alike if isinstance(each.subject, UnitKey)] or alike


def _limit(record: Record, site: Site) -> str | None:
    """Return what was reached, where that is not told by how long it has lasted: of what adds up."""
    worst = _worst(record)
    rule = version_and_rule(site, worst)[1] if worst is not None else None
    return str(rule.condition.describe()) if rule is not None and rule.kind == "cumulative" else None


def _worst(record: Record) -> Firing | None:
    firings = [fired.firing for fired in record.firings]
    return max(firings, key=lambda firing: (_ACTIONS.index(firing.action), -firing.at), default=None)


def _required(record: Record, site: Site) -> str | None:
    """Return the limit that was broken, in words: of what fired with the worst action."""
    worst = _worst(record)
    _, rule = version_and_rule(site, worst) if worst is not None else (None, None)
    if rule is None or rule.kind == "silence":
        return None
    bounds = rule.condition.bounds
    limited = bounds is not None and rule.kind != "mkt"
    return describe_bounds(record.alert.quantity, bounds) if limited else str(rule.condition.describe())


def version_and_rule(site: Site, firing: Firing) -> tuple[ProfileVersion | None, Rule | None]:
    """Return the version of the profile that fired and its rule; None for what is not there any more."""
    for version in site.profiles.get(firing.profile, ()):
        if version.version == firing.version:
            return version, next((rule for rule in version.rules if rule.id == firing.rule), None)
    return None, None


def _peak(record: Record) -> int | None:
    found = (*in_force(record.excursions), *record.exposed_now)
    peaks = [each.peak for each in found if each.peak is not None]
    return record.alert.farthest(peaks) if peaks else None
