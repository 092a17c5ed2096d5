"""What a problem's page says first: what is wrong where, which lots, how bad. Pure."""

from collections.abc import Sequence
from dataclasses import dataclass

from markupsafe import Markup

from api.web.frame import formats
from api.web.frame.formats import Clock
from api.web.frame.naming import name_units
from api.web.frame.sentences import say
from api.web.problem.lots import LotRow
from api.web.problem.record import Fields, Record, in_force
from api.web.problems.rows import over_since
from domain.model import ProfileVersion, Rule, Site
from domain.topics import topic_of
from rules.alarms import lifecycle
from rules.alarms.out_of_reach import Out, say_where
from rules.messages.words import describe_bounds

_ACTIONS = ("notify", "review", "hold")


@dataclass(frozen=True, slots=True)
class Answer:
    """The title, the lots in one clause, the numbers in another. `tone` is hold, warn or plain."""

    title: Markup
    lots: Markup
    numbers: Markup
    tone: str
    state: str  # unfounded | new | acknowledged | ended
    alarm: lifecycle.State  # as the standards name it
    suppressed: Markup | None  # why nobody is told
    clearing: Markup | None  # that it is over, and when that is told
    out_of_reach: str | None  # of units that it came too late for: where they are
    peak: int | None


def answer(record: Record, rows: Sequence[LotRow], site: Site, clock: Clock) -> Answer:
    """Say what the record says."""
    alert = record.alert
    state = state_of(alert)
    return Answer(
        title=_title(alert),
        lots=_lots(rows, alert["founded"]),
        numbers=_numbers(record, site, clock),
        tone=_tone(rows, state, alert),
        state=state,
        alarm=lifecycle.state_on_record(alert),
        suppressed=_suppressed(alert["suppressed"], clock),
        clearing=_clearing(alert["clearing"], clock),
        out_of_reach=_out_of_reach(alert),
        peak=_peak(record),
    )


def state_of(alert: Fields) -> str:
    """Return where a problem is: unfounded, ended, acknowledged, or new."""
    if not alert["founded"]:
        return "unfounded"
    if alert["until"] is not None and not alert.get("lot"):
        return "ended"
    return "new" if alert["acknowledged_at"] is None else "acknowledged"


def _suppressed(why: Fields | None, clock: Clock) -> Markup | None:
    if why is None:
        return None
    return say("problem.nobody_told", until=clock.at(why["until"]), reason=why["reason"])


def _clearing(clearing: Fields | None, clock: Clock) -> Markup | None:
    return say("problem.clearing", until=clock.at(clearing["until"])) if clearing else None


def _out_of_reach(alert: Fields) -> str | None:
    outs = [(lot["unit"] or lot["lot"], Out(**lot["out"])) for lot in alert["lots"] if lot.get("out")]
    return say_where(outs) if outs else None


def _title(alert: Fields) -> Markup:
    going = "is" if over_since(alert) is None and alert["founded"] else "was"
    what = topic_of(alert["worst"] or {}, alert["quantity"], alert["direction"])
    return say(f"topics.{going}_{what}", place=alert["place"])


def _lots(rows: Sequence[LotRow], founded: bool) -> Markup:
    """Say of the worst state which units are in it, and how many others there are."""
    if not rows:
        return say("problem.no_lots" if founded else "problem.no_lots_unfounded")
    state = rows[0].state
    those = [row.name for row in rows if row.state == state]
    more = len(rows) - len(those)
    said = say(f"problem.lots_{state}", units=name_units(those), count=len(those))
    return said + say("problem.others", count=more) if more else said


def _tone(rows: Sequence[LotRow], state: str, alert: Fields) -> str:
    if any(row.state == "held" for row in rows):
        return "hold"
    if any(row.state in ("unfounded", "review") for row in rows):
        return "warn"
    if state not in ("new", "acknowledged"):
        return "plain"
    return "hold" if alert["severity"] == "critical" else "warn"


def _numbers(record: Record, site: Site, clock: Clock) -> Markup:
    alert = record.alert
    if not alert["founded"]:
        return say("problem.unfounded_numbers", since=clock.at(alert["since"]))
    over = over_since(alert)
    lasted = clock.since(alert["since"], over)
    if over == alert["since"]:
        when = say("problem.when_at_once", since=clock.at(alert["since"]))
    elif over is None:
        when = say("problem.when_going", lasted=lasted, since=clock.at(alert["since"]))
    else:
        when = say("problem.when_ended", lasted=lasted, since=clock.at(alert["since"]), until=clock.at(over))
    required = _required(record, site)
    said = say("problem.required", required=required, when=when) if required else when
    peak = _peak(record)
    if peak is not None:
        said += say("problem.peak", peak=formats.value(peak, alert["quantity"]))
    limit = _limit(record, site)
    return said + say("problem.limit", limit=limit) if limit else said


def _limit(record: Record, site: Site) -> str | None:
    """Return what was reached, where that is not told by how long it has lasted: of what adds up."""
    worst = _worst(record)
    rule = version_and_rule(site, worst)[1] if worst is not None else None
    return str(rule.condition.describe()) if rule is not None and rule.kind == "cumulative" else None


def _worst(record: Record) -> Fields | None:
    return max(record.firings, key=lambda row: (_ACTIONS.index(row["action"]), -row["at"]), default=None)


def _required(record: Record, site: Site) -> str | None:
    """Return the limit that was broken, in words: of what fired with the worst action."""
    worst = _worst(record)
    _, rule = version_and_rule(site, worst) if worst is not None else (None, None)
    if rule is None or rule.kind == "silence":
        return None
    bounds = rule.condition.bounds
    limited = bounds is not None and rule.kind != "mkt"
    return describe_bounds(record.alert["quantity"], bounds) if limited else str(rule.condition.describe())


def version_and_rule(site: Site, firing: Fields) -> tuple[ProfileVersion | None, Rule | None]:
    """Return the version of the profile that fired and its rule; None for what is not there any more."""
    because = firing["because"]
    for version in site.profiles.get(because["profile"], ()):
        if version.version == because["version"]:
            return version, next((rule for rule in version.rules if rule.id == firing["rule"]), None)
    return None, None


def _peak(record: Record) -> int | None:
    rows = (*in_force(record.excursions), *in_force(record.exposures))
    peaks = [row["peak"] for row in rows if row["peak"] is not None]
    return (min if record.alert["direction"] == "low" else max)(peaks, default=None)
