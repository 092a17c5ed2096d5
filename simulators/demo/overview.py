"""What is worth showing of what the API says, in the order in which it is shown. Pure."""

from collections.abc import Sequence
from dataclasses import dataclass

from simulators.api import Item, Picture
from simulators.times import parse_time


@dataclass(frozen=True, slots=True)
class Reading:
    """What a sensor said last."""

    sensor: str
    place: str
    temperature: float | None
    humidity: float | None
    measured_at: int | None


@dataclass(frozen=True, slots=True)
class Place:
    """A location: the range of its sensors, what it is outside of since when, and what stands there."""

    name: str
    kind: str
    temperatures: tuple[float, ...]
    outside: str
    stock: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Problem:
    """An alert."""

    number: int
    place: str
    severity: str
    state: str
    since: str
    lots: tuple[str, ...]
    sentence: str


@dataclass(frozen=True, slots=True)
class Held:
    """A hold."""

    number: int
    unit: str
    state: str
    placed_at: str
    sentence: str


@dataclass(frozen=True, slots=True)
class Overview:
    """Everything on the screen."""

    readings: tuple[Reading, ...] = ()
    places: tuple[Place, ...] = ()
    problems: tuple[Problem, ...] = ()
    holds: tuple[Held, ...] = ()


def overview_of(picture: Picture, now: int) -> Overview:
    """Return what there is to show at an instant."""
    hangs = {mount["sensor"]: str(mount["location"]) for mount in picture.mounts if _in_force(mount, now)}
    readings = [_reading(sensor, hangs.get(sensor, "–"), said) for sensor, said in sorted(picture.latest.items())]
    return Overview(
        tuple(readings),
        tuple(_place(doc, readings, picture, now) for doc in picture.locations),
        tuple(_problem(alert) for alert in picture.alerts),
        tuple(_held(hold) for hold in sorted(picture.holds, key=lambda hold: int(hold["id"]))),
    )


def unit_name(item: Item) -> str:
    """Return e.g. `VAX A101 PALLET-1`."""
    return " ".join(item[name] for name in ("product", "lot", "unit") if item.get(name))


def clock(time: str) -> str:
    """Return the time of day of an RFC 3339 time in UTC."""
    return f"{time[11:19]}Z"


def _reading(sensor: str, place: str, said: Sequence[Item]) -> Reading:
    values = {item["quantity"]: item["value"] for item in said}
    times = [parse_time(item["measured_at"]) for item in said]
    return Reading(sensor, place, values.get("temperature"), values.get("humidity"), max(times, default=None))


def _place(doc: Item, readings: Sequence[Reading], picture: Picture, now: int) -> Place:
    name = doc["id"]
    here = [reading.temperature for reading in readings if reading.place == name]
    outside = [item for item in picture.excursions if item["location"] == name and item["to"] is None]
    stock = sorted(unit_name(item) for item in picture.placements if item["location"] == name and _in_force(item, now))
    return Place(
        name,
        doc["kind"] or "",
        tuple(sorted(value for value in here if value is not None)),
        ", ".join(f"{item['rule']} since {clock(item['from'])}" for item in outside),
        tuple(stock),
    )


def _problem(alert: Item) -> Problem:
    state = "goes on" if alert["until"] is None else f"ended {clock(alert['until'])}"
    return Problem(
        int(alert["id"]),
        alert["place"] or "–",
        alert["severity"],
        state if alert["founded"] else "unfounded",
        clock(alert["since"]),
        tuple(sorted(unit_name(lot) for lot in alert["lots"])),
        alert["sentence"],
    )


def _held(hold: Item) -> Held:
    state = hold["state"] if hold["founded"] else f"{hold['state']}, unfounded"
    return Held(int(hold["id"]), unit_name(hold), state, clock(hold["placed_at"]), hold["why"]["sentence"])


def _in_force(item: Item, now: int) -> bool:
    return parse_time(item["from"]) <= now and (item["to"] is None or now < parse_time(item["to"]))
