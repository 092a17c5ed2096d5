"""What is foreseen, in words. Pure."""

from collections.abc import Mapping
from typing import Any

from markupsafe import Markup

from api.web.forecast.view import AtRisk, Expected, PlaceForecast
from api.web.frame.formats import Clock, age, unit_name, value
from api.web.frame.naming import UnitName
from api.web.frame.sentences import say
from api.web.frame.texts import text
from domain.times import HOUR


def forecast_headline(forecast: PlaceForecast) -> Markup:
    """Return e.g. `Cold room 1 is warming: 8.0 °C in about 25 min`; past its limit what fires next."""
    going = "warming" if forecast.sign > 0 else "cooling"
    return say(f"forecast.{going}", place=forecast.name, what=_next(forecast.first))


def forecast_still(forecast: PlaceForecast) -> Markup:
    """Return the same without the place: `8.0 °C in about 25 min`."""
    return _next(forecast.first)


def forecast_risk(forecast: PlaceForecast) -> Markup:
    """Return e.g. `4 units at risk, first VAX B1: on hold in about 1 h 25 min`."""
    first = forecast.first_unit
    if first is None or first.unit is None:
        return say("forecast.no_unit")
    said = say("forecast.units", count=len(forecast.units))
    return say("forecast.first", units=said, unit=forecast_unit(first.unit), what=_fires(first))


def forecast_basis(forecast: PlaceForecast, clock: Clock) -> Markup:
    """Return that it is an estimate, its range, and what it rests on."""
    expected = forecast.first.reached or forecast.first.fires
    since, number = clock.at(forecast.since), value(forecast.value)
    return say("forecast.basis", range=forecast_range(expected), value=number, sensor=forecast.sensor, since=since)


def forecast_range(expected: Expected) -> str:
    """Return e.g. `15–50 min`: 5 % to 95 % of what is likely."""
    soonest, longest = expected.soonest, expected.longest
    if longest is None:
        return text("forecast.at_least", least=_length(soonest))
    first, last = _length(soonest), _length(longest)
    if first == last:
        return last
    if longest < HOUR:
        return text("forecast.range", least=first.removesuffix(" min"), most=last)
    return text("forecast.range_long", least=first, most=last)


def _length(length: int) -> str:
    return age(length) if length else "0 min"


def _next(risk: AtRisk) -> Markup:
    if risk.reached is None:
        who = forecast_unit(risk.unit) if risk.unit else risk.rule
        return say("forecast.then", who=who, what=_fires(risk))
    near = "near" if risk.reached.is_near else "in"
    return say(f"forecast.limit_{near}", limit=value(risk.limit), left=_length(risk.reached.left))


def _fires(risk: AtRisk) -> Markup:
    who = risk.action if risk.unit or risk.action != "notify" else "alarm"
    near = "near" if risk.fires.is_near else "in"
    return say(f"forecast.{who}_{near}", left=_length(risk.fires.left))


def forecast_unit(unit: UnitName) -> str:
    """Return e.g. `VAX A1 PALLET-7`."""
    product, lot, name = unit
    return f"{product} {lot}" if name is None else f"{product} {lot} {unit_name({'unit': name})}"


# What the templates call.
WORDS: Mapping[str, Any] = {
    each.__name__: each
    for each in (
        forecast_headline,
        forecast_still,
        forecast_risk,
        forecast_basis,
        forecast_range,
        forecast_unit,
    )
}
