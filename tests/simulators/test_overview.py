"""What the demonstration shows of what the API says."""

import io
from typing import Any

from rich.console import Console

from simulators.api import Picture
from simulators.demo.lines import Lines
from simulators.demo.overview import Overview, overview_of
from simulators.demo.view import draw
from simulators.times import parse_time

NOW = parse_time("2026-01-01T12:00:30Z")
FROM = "2026-01-01T00:00:00Z"


def location(name: str) -> dict[str, Any]:
    return {"id": name, "kind": "room"}


def said(temperature: float | None) -> list[dict[str, Any]]:
    return [{"quantity": "temperature", "value": temperature, "measured_at": "2026-01-01T12:00:00Z"}]


def placed(unit: str, place: str, to: str | None = None, since: str = FROM) -> dict[str, Any]:
    return {"product": "VAX", "lot": "A1", "unit": unit, "location": place, "from": since, "to": to}


HOLD = {
    "id": 3, "product": "VAX", "lot": "A1", "unit": "P1", "state": "held", "founded": True,
    "placed_at": "2026-01-01T12:00:05.25Z", "why": {"sentence": "above 8.0 °C for 60min"},
}  # fmt: skip
ALERT = {
    "id": 5, "place": "COLD-1", "severity": "critical", "since": "2026-01-01T11:00:00Z", "until": None, "founded": True,
    "lots": [{"product": "VAX", "lot": "A1", "unit": "P1"}], "sentence": "VAX A1 on hold",
}  # fmt: skip
PICTURE = Picture(
    locations=[location("COLD-1"), location("TRUCK-1")],
    mounts=[
        {"sensor": "S1", "location": "COLD-1", "from": FROM, "to": None},
        {"sensor": "S2", "location": "COLD-1", "from": FROM, "to": None},
    ],
    placements=[placed("P2", "COLD-1"), placed("P1", "COLD-1")],
    latest={"S2": said(9.1), "S1": said(8.4), "S3": []},
)


def lines(*overviews: Overview) -> list[str]:
    """What is printed for the last of them."""
    stream = io.StringIO()
    printer = Lines(stream)
    for overview in overviews[:-1]:
        printer.show(overview, NOW)
    start = len(stream.getvalue())
    printer.show(overviews[-1], NOW)
    return stream.getvalue()[start:].splitlines()


def changed(**fields: Any) -> Overview:
    values = {name: getattr(PICTURE, name) for name in PICTURE.__slots__}
    return overview_of(Picture(**(values | fields)), NOW)


def test_a_place_has_its_sensors_values_and_what_stands_there_now() -> None:
    overview = changed(placements=[placed("P2", "COLD-1", to="2026-01-01T12:00:30Z"), placed("P1", "COLD-1")])
    assert [(place.name, place.temperatures, place.stock) for place in overview.places] == [
        ("COLD-1", (8.4, 9.1), ("VAX A1 P1",)),
        ("TRUCK-1", (), ()),
    ]


def test_a_sensor_that_said_nothing_and_a_fault_are_shown_as_none() -> None:
    overview = changed(latest={"S1": said(None), "S3": []})
    assert [(reading.sensor, reading.place, reading.temperature) for reading in overview.readings] == [
        ("S1", "COLD-1", None),
        ("S3", "–", None),
    ]


def test_only_what_goes_on_is_outside() -> None:
    over = {"location": "COLD-1", "rule": "warm", "from": FROM, "to": "2026-01-01T01:00:00Z"}
    overview = changed(excursions=[over, over | {"from": "2026-01-01T11:00:00Z", "to": None}])
    assert [place.outside for place in overview.places] == ["warm since 11:00:00Z", ""]


def test_nothing_new_prints_nothing() -> None:
    assert lines(changed(), changed()) == []


def test_the_first_look_prints_what_there_is() -> None:
    assert lines(changed()) == [
        "12:00:30Z COLD-1: 9.1 °C at its warmest sensor",
        "12:00:30Z VAX A1 P1: at COLD-1",
        "12:00:30Z VAX A1 P2: at COLD-1",
    ]


def test_a_temperature_is_told_when_it_has_moved_by_half_a_degree() -> None:
    warmer = {"S1": said(8.4), "S2": said(9.5)}
    assert lines(changed(), changed(latest=warmer)) == []
    told = lines(changed(), changed(latest=warmer), changed(latest=warmer | {"S2": said(9.6)}))
    assert told == ["12:00:30Z COLD-1: 9.6 °C at its warmest sensor"]


def test_a_move_is_one_line() -> None:
    moved = changed(placements=[placed("P1", "COLD-1", to=FROM), placed("P1", "TRUCK-1"), placed("P2", "COLD-1")])
    assert lines(changed(), moved) == ["12:00:30Z VAX A1 P1: at TRUCK-1 from COLD-1"]
    assert lines(changed(), changed(placements=[placed("P1", "COLD-1")])) == ["12:00:30Z VAX A1 P2: gone from COLD-1"]


def test_an_excursion_is_told_when_it_begins_and_ends() -> None:
    outside = changed(excursions=[{"location": "COLD-1", "rule": "warm", "from": FROM, "to": None}])
    assert lines(changed(), outside) == ["12:00:30Z COLD-1: outside warm since 00:00:00Z"]
    assert lines(outside, changed()) == ["12:00:30Z COLD-1: inside again"]


def test_alerts_and_holds_are_told_with_their_lots() -> None:
    assert lines(changed(), changed(alerts=[ALERT], holds=[HOLD])) == [
        "12:00:30Z alert 5, critical, goes on: VAX A1 on hold [VAX A1 P1]",
        "12:00:30Z hold 3, held: VAX A1 P1: above 8.0 °C for 60min",
    ]


def test_only_a_new_sentence_of_an_alert_is_not_told_again() -> None:
    assert lines(changed(alerts=[ALERT]), changed(alerts=[ALERT | {"sentence": "VAX A1 on hold, 61 min"}])) == []


def test_what_becomes_of_alerts_and_holds_is_told() -> None:
    before = changed(alerts=[ALERT], holds=[HOLD])
    ended = ALERT | {"until": "2026-01-01T12:00:00Z"}
    assert lines(before, changed(alerts=[ended], holds=[HOLD | {"founded": False}])) == [
        "12:00:30Z alert 5, critical, ended 12:00:00Z: VAX A1 on hold [VAX A1 P1]",
        "12:00:30Z hold 3, held, unfounded: VAX A1 P1: above 8.0 °C for 60min",
    ]


def test_the_tables_have_everything_in_them_on_wide_and_narrow_terminals() -> None:
    # What looks like rich's markup is somebody's lot.
    overview = changed(
        alerts=[ALERT],
        holds=[HOLD | {"lot": "[red]"}],
        excursions=[{"location": "COLD-1", "rule": "warm", "from": FROM, "to": None}],
    )
    for width in (80, 160):
        console = Console(width=width, file=io.StringIO(), force_terminal=False)
        console.print(draw(overview, NOW, width))
        text = console.file.getvalue()  # type: ignore[attr-defined]
        for part in ("COLD-1", "8.4 … 9.1", "30 s", "VAX [red] P1", "critical", "VAX A1 on hold", "warm since"):
            assert part in text, part


def test_what_there_is_none_of_is_said_in_a_line() -> None:
    console = Console(width=80, file=io.StringIO())
    console.print(draw(changed(), NOW, 80))
    assert console.file.getvalue().startswith("Problems: none\n\nHolds: none\n")  # type: ignore[attr-defined]
