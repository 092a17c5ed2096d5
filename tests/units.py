"""Units, exposures and holds as the read models have them, for tests of what is said of them."""

from domain.times import HOUR
from ledger.models.exposure import Exposure
from ledger.models.finality import Finality
from ledger.models.hold import Hold, Reason
from ledger.models.unit import Unit
from rules.judgement import Firing
from rules.subjects.whereabouts import UnitKey
from rules.unit_verdict import Lacking, UnitVerdict

SHARE = 40 * HOUR  # coverage is given as a part of this time


def key_of(name, product="VAX", lot="A1"):
    return UnitKey(product, lot, name)


def an_exposure(rule, since, until, unit=None, **more):
    """An interval that peaked at 9.6 °C, final."""
    numbers = {"minutes": 75.0, "degree_minutes": 84.2, "peak": 9_600_000, "fired_at": None}
    fields = {"id": 1, "revision": 1, "known_at": since, "finality": Finality("confirmed"), **numbers, **more}
    return Exposure(key=key_of(unit), rule=rule, since=since, until=until, **fields)


def a_hold(unit, rule, at, **more):
    """A hold by a rule that triggered at an instant."""
    why = Reason(
        kind="limit",
        profile="cold",
        version=1,
        quantity="temperature",
        direction="high",
        since=at,
        until=at,
    )
    fields = {"id": 1, "state": "held", "founded": True, "finality": Finality("confirmed"), "placed_at": at, **more}
    return Hold(key=key_of(unit), rule=rule, fired_at=at, why=why, **fields)


def a_firing(rule, at, action="hold", sentence=""):
    """A rule that triggered."""
    of_rule = ("warning", "cold", 1, "limit", "temperature", "high", ("ROOM-1",))
    return Firing(rule, at, action, *of_rule, at, at, sentence or f"{rule}: outside")


def a_verdict(name, verdict="ok", firings=(), coverage=1.0, longest_gap=0, now=0):
    """A verdict on a unit that is known for a part of the time."""
    lacking = Lacking(((now - longest_gap, now),), 1) if longest_gap else Lacking()
    return UnitVerdict(name, verdict, SHARE, SHARE - round(coverage * SHARE), longest_gap, (), tuple(firings), lacking)


def a_unit(name, stays, now, verdict="ok", exposures=(), holds=(), firings=(), coverage=1.0, longest_gap=0):
    """A unit of VAX A1, with nothing outstanding."""
    return Unit(
        key=key_of(name),
        now=now,
        verdict=a_verdict(name, verdict, firings, coverage, longest_gap, now),
        reason="",
        finality=Finality("confirmed"),
        stays=stays,
        exposures=exposures,
        holds=holds,
    )
