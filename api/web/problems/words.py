"""What is said of a problem on a page, as sentences whose lengths of time go on by themselves."""

from markupsafe import Markup

from api.web.components.current import Value
from api.web.frame.allowance import say_used
from api.web.frame.formats import Clock, duration, value
from api.web.frame.naming import batch_address
from api.web.frame.sentences import listed, say
from api.web.problems.rows import ProblemRow
from ledger.models.alert import Alert
from rules.alarms.problems import NoData
from rules.messages.words import UNITS
from rules.series.bounds import Bound

_LOTS_AT_MOST = 3
_COMPARED = ("limit_", "cumulative_")  # what compares values with a bound


def headline(row: ProblemRow, clock: Clock, current: Value | None = None) -> Markup:
    """Return e.g. `ROOM-1 is at 9.6 °C, above 8.0 °C for 1 h 15 min`; `current`: what the place's sensors say now."""
    if not row.alert.is_measured:
        return say(f"topics.is_{row.topic}", place=row.name)
    what = _what_happened(row, clock, current)
    if row.alert.batch is None:
        return what
    return say("problems.out_of_reach", lot=" ".join(row.alert.batch), what=what)


def _what_happened(row: ProblemRow, clock: Clock, current: Value | None) -> Markup:
    alert, over = row.alert, row.alert.over_since
    if alert.is_silent and alert.no_data is not None:
        return _no_data(row, alert.no_data, clock)
    lasting = how_long(alert, clock)
    going = "is" if over is None else "was"
    if row.topic == "silence":
        return say(f"problems.{going}_silent", place=row.name, lasting=lasting)
    if not row.topic.startswith(_COMPARED):
        what = say(f"topics.{going}_{row.topic}", place=row.name)
        return what if over == alert.since else say("problems.other", what=what, lasting=lasting)
    if row.topic.startswith("cumulative_"):
        lasting = say("problems.this_time", lasting=lasting)
    said = {
        "place": row.name,
        "broken": _broken(row.alert.quantity, row.bound, row.alert.direction),
        "lasting": lasting,
    }
    if over is not None:
        return say("problems.was", **said)
    if current is None or current.value is None or not current.live:
        return say("problems.is", **said)
    number = Markup("<b data-glow>{}</b>").format(value(current.value, alert.quantity))
    return say("problems.is_at", value=number, **said)


def how_long(alert: Alert, clock: Clock) -> Markup:
    """Return how long it has been outside, without the time that has no data: going on by itself while it does."""
    if alert.outside_until is None:
        return clock.age(alert.since + alert.paused)
    return Markup(duration(alert.outside_for(clock.now)))


def _no_data(row: ProblemRow, no_data: NoData, clock: Clock) -> Markup:
    """Return e.g. `No data from ROOM-1 for 42 min, last 12.0 °C`."""
    said = {"place": row.name, "lasting": clock.age(no_data.since)}
    if no_data.value is None or row.alert.quantity not in UNITS:
        return say("problems.is_silent", **said)
    return say("problems.is_silent_after", value=value(no_data.value, row.alert.quantity), **said)


def _broken(quantity: str, bound: Bound | None, direction: str) -> Markup:
    if bound is None:
        return say(f"problems.too_{direction}")
    return say(f"problems.{bound.operator}", limit=value(bound.value, quantity))


def how_much_is_used(row: ProblemRow, clock: Clock) -> str | None:
    """Return how much of an allowance that adds up was used when the alert was last written; None of another rule."""
    worst, alert = row.alert.worst, row.alert
    if worst is None:
        return None
    of_unit = (lot.since for lot in alert.lots if lot.key == (worst.product, worst.lot, worst.unit))
    return say_used(row.rule, worst.why, (next(of_unit, alert.since), worst.minutes, worst.peak), clock)


def what_is_held(row: ProblemRow, clock: Clock) -> Markup:
    """Return e.g. `3 of 5 units of VAX A1 held`, and of which stock nothing is known since when."""
    if not row.alert.is_measured:
        return name_lots(row.lots)
    unknown = what_is_unknown(row, clock)
    if not row.units or (row.alert.direction == "silent" and not row.held):  # nobody knows of an exposure
        return unknown or say("problems.nothing_held" if not row.units else "problems.without_data")
    return Markup("; ").join([_what_is_held(row), *([unknown] if unknown else [])])


def what_is_unknown(row: ProblemRow, clock: Clock) -> Markup | None:
    """Return e.g. `VAX A1 and A2: condition unknown since 18:03`; None where all is known."""
    lots = row.alert.unknown
    if not lots:
        return None
    since, ends = min(lot.since for lot in lots), [lot.until for lot in lots]
    names = name_lots(tuple(sorted({lot.key[:2] for lot in lots})))
    if None not in ends:
        until = clock.at(max(end for end in ends if end is not None), since)
        return say("problems.unknown_until", lots=names, since=clock.at(since), until=until)
    return say(
        "problems.unknown_from" if since > clock.now else "problems.unknown_since", lots=names, since=clock.at(since)
    )


def _what_is_held(row: ProblemRow) -> Markup:
    lots = name_lots(row.lots)
    if not row.held:
        return say("problems.passed", count=row.units, lots=lots)
    if row.held < row.units:
        return say("problems.held_of", count=row.held, all=row.units, lots=lots)
    return say("problems.held_all", count=row.held, lots=lots)


def name_lots(lots: tuple[tuple[str, str], ...]) -> Markup:
    """Return the lots by name, each leading to its page; many are counted."""
    if len(lots) > _LOTS_AT_MOST:
        return say("problems.lots", count=len(lots))
    links = [Markup('<a href="{}">{} {}</a>').format(batch_address(*lot), *lot) for lot in lots]
    return listed(links)


def who_was_notified(row: ProblemRow, clock: Clock) -> Markup:
    """Return e.g. `qa-mail and erp notified at 10:38`; empty if nobody was."""
    reached = [each.channel for each in row.notified if each.at is not None]
    failed = [each.channel for each in row.notified if each.at is None]
    parts = []
    if reached:
        parts.append(say("problems.notified", channels=listed(reached), at=clock.at(row.notified_at)))
    if failed:
        parts.append(say("problems.not_reached", channels=listed(failed)))
    return Markup(", ").join(parts)


def in_short(row: ProblemRow) -> Markup:
    """Return what is wrong in a few words, e.g. `above 8.0 °C`."""
    if not row.alert.is_measured:
        return say(f"problems.{row.topic}")
    if row.topic.startswith("silence"):
        return say(f"problems.no_{row.alert.quantity or 'data'}")
    if row.bound is None and row.required:
        return Markup.escape(row.required)
    return _broken(row.alert.quantity, row.bound, row.alert.direction)
