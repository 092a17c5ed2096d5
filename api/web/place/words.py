"""What the page of a place says. Pure."""

from collections.abc import Sequence
from urllib.parse import quote, urlencode

from markupsafe import Markup

from api.web.components.current import Value
from api.web.frame.formats import Clock, value
from api.web.frame.sentences import listed, say
from api.web.place.read import PlaceFound
from api.web.problems.words import headline
from domain.model import Rule
from domain.times import DAY, format_instant


def sentences(found: PlaceFound, clock: Clock) -> list[tuple[Markup, str]]:
    """Return what is to be said first, with its tone: the problems that go on, else how it is."""
    if found.open:
        return [
            (
                say("place.problem", what=headline(row, clock), number=row.alert.id),
                "hold" if row.alert.severity == "critical" else "warn",
            )
            for row in found.open
        ]
    live = found.now
    if not found.sensors:
        return [(say("place.no_sensor"), "plain")]
    if not live:
        if found.last_at is None:
            return [(say("place.no_readings"), "warn")]
        return [(say("place.silent", age=clock.age(found.last_at)), "warn")]
    numbers = listed([_number(said, found) for said in live])
    age = clock.age(max(said.at for said in live if said.at is not None))
    outside = any(said.outside for said in live)
    kind = "outside" if outside else ("in_range" if any(found.limits.values()) else "no_limits")
    return [(say(f"place.{kind}", values=numbers, age=age), "warn" if outside else "plain")]


def _number(said: Value, found: PlaceFound) -> Markup:
    shown = Markup("<b data-glow>{}</b>").format(value(said.value, said.quantity))
    limits = found.limits[said.quantity]
    return say("place.value", value=shown, limits=str(limits)) if limits else shown


def rules_of(found: PlaceFound) -> Sequence[tuple[Rule, str]]:
    """Return the rules of the place's own profile, each with its words."""
    return [(rule, str(rule.condition.describe())) for rule in found.version.rules] if found.version else []


def presets(place: str, now: int) -> list[tuple[str, str, int]]:
    """Return what the chart offers to look at."""
    address = f"/places/{quote(place)}"
    return [
        (label, f"{address}?{urlencode({'from': format_instant(now - length)})}#charts", length // 1000)
        for label, length in (("24 h", DAY), ("7 d", 7 * DAY), ("30 d", 30 * DAY))
    ]
