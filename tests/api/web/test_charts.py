"""Charts over a site: what they show, in all forms, and what a client may not see of them."""

import csv
import functools
import io
from xml.etree import ElementTree

import pytest

from api.reads.history import Piece, Plan, Stay
from api.web.charts.download import csv_of
from store.series import SeriesKey
from tests.api.world import HIDDEN_VALUES, MARK, START

FORMS = ("data", "picture", "rows", "csv")
HOUR_MS = 3_600_000
START_MS = START // 1000


@pytest.fixture
def browse(browse):
    """The same person each time."""
    return functools.cache(browse)


@pytest.fixture
def chart(browse):
    """Return a chart's data as a person of a role sees it."""

    def asked(path, role="qa", **query):
        answer = browse(role).get(f"/charts/{path}", params=query)
        assert answer.status_code == 200, answer.text
        return answer.json()

    return asked


def test_a_batch_is_shown_from_its_first_stay_on_at_the_places_it_stood_in(chart):
    found = chart("batch/VAX/A1", unit="PALLET-7")
    assert found["from"] == START_MS + 2 * HOUR_MS
    assert [place["label"] for place in found["places"]] == ["ROOM-1", "ROOM-2"]
    assert max(value for value in found["high"] if value is not None) == 9.6
    assert [limit["label"] for limit in found["limits"]] == ["≤ 8.0\N{NO-BREAK SPACE}°C", "≥ 2.0\N{NO-BREAK SPACE}°C"]


def test_a_place_without_a_sensor_is_a_gap_that_says_so(chart):
    (gap,) = [gap for gap in chart("batch/VAX/A1", unit="PALLET-7")["gaps"] if gap["kind"] == "unmeasured"]
    assert gap["from"] == START_MS + 20 * HOUR_MS
    assert gap["label"] == "no sensor 28 h"


def test_exposures_are_shaded_and_deeds_marked(chart):
    found = chart("batch/VAX/A1", unit="PALLET-7")
    (shade,) = found["shades"]
    assert (shade["from"], shade["fired"]) == (START_MS + 5 * HOUR_MS, True)
    assert shade["label"] == "above limit: too-warm"
    assert [mark["kind"] for mark in found["marks"]] == ["moved", "moved", "held", "released"]


def test_what_is_drawn_outside_is_what_was_judged_outside(chart):
    found = chart("batch/VAX/A1", unit="PALLET-7", since="2026-01-01T04:00:00Z", until="2026-01-01T09:00:00Z")
    outside = [i for i, value in enumerate(found["high"]) if value is not None and value > found["limits"][0]["value"]]
    (shade,) = found["shades"]
    assert outside == list(range(outside[0], outside[-1] + 1))
    assert (found["x"][outside[0]], found["x"][outside[-1] + 1]) == (shade["from"], shade["to"])


def test_what_it_was_made_from_is_shown_before_it_was_made(chart):
    found = chart("batch/VAX/A2")
    assert [place["label"] for place in found["places"]] == ["ZZROOM, as part of a parent lot", "ROOM-2"]


def test_a_stay_begins_with_the_value_that_held_already(chart):
    first, *_ = chart("batch/VAX/A1", unit="PALLET-7", since="2026-01-01T02:05:00Z", until="2026-01-01T03:00:00Z")[
        "high"
    ]
    assert first == 5.1


def test_a_zoomed_chart_holds_single_readings_and_a_wide_one_the_extremes(chart):
    near = chart("place/ROOM-1", since="2026-01-01T05:00:00Z", until="2026-01-01T06:00:00Z", width=500)
    far = chart("place/ROOM-1", since="2026-01-01T00:00:00Z", until="2026-01-02T00:00:00Z", width=5)
    assert not near["reduced"]
    assert far["reduced"]
    assert max(value for value in far["high"] if value is not None) == 9.6


def test_a_place_shows_its_own_excursions_and_acknowledgements(chart):
    found = chart("place/ROOM-1", since="2026-01-01T00:00:00Z", until="2026-01-03T00:00:01Z")
    assert [shade["label"] for shade in found["shades"]] == ["above limit: zzroomrule"]
    assert [mark["label"] for mark in found["marks"]] == ["acknowledged by zzperson"]


def test_a_problem_is_shown_with_what_is_around_it_and_the_limit_that_was_broken(site, chart):
    (number,) = [row.id for row in site.desk.rows("alerts") if row.place == "ROOM-1" and row.direction == "high"]
    found = chart(f"problem/{number}")
    (shade,) = found["shades"]
    assert found["from"] < shade["from"] < shade["to"] < found["to"]
    assert {limit["value"] for limit in found["limits"]} == {8.0}


@pytest.mark.parametrize("path", ["batch/VAX/A1", "batch/VAX/A/3", "place/ROOM-1", "place/SITE-A"])
@pytest.mark.parametrize("form", FORMS)
def test_every_chart_has_every_form(browse, path, form):
    answer = browse("qa").get(f"/charts/{path}", params={"form": form})
    assert answer.status_code == 200


def test_a_picture_is_whole_xml_without_scripts(browse):
    answer = browse("qa").get("/charts/batch/VAX/A1", params={"form": "picture", "unit": "PALLET-7"})
    picture = ElementTree.fromstring(answer.text)
    assert picture.tag == "{http://www.w3.org/2000/svg}svg"
    assert {element.tag.rpartition("}")[2] for element in picture.iter()}.isdisjoint({"script", "foreignObject"})
    assert "ROOM-1" in answer.text


def test_readings_are_downloaded_as_they_are(browse):
    answer = browse("qa").get("/charts/batch/VAX/A1", params={"form": "csv", "unit": "PALLET-7"})
    rows = list(csv.DictReader(io.StringIO(answer.text)))
    assert len(rows) == 108
    assert rows[0] == {
        "measured_at": "2026-01-01T02:00:00Z",
        "place": "ROOM-1",
        "sensor": "S1",
        "quantity": "temperature",
        "value": "5.1",
    }


class OneReading:
    """A store of readings in which every series has one."""

    def load(self, key, since, until):
        return [since], [5_100_000]


def test_names_in_a_download_cannot_become_formulas():
    piece = Piece(0, 60, (("@S1", SeriesKey("d", "", "temperature")),))
    plan = Plan(Stay("=cmd()", "=cmd()", False, 0, 60), (piece,))
    _, row = csv.reader("".join(csv_of(OneReading(), [plan], 60)).splitlines())
    assert row == ["1970-01-01T00:00:00Z", "'=cmd()", "'@S1", "temperature", "5.1"]


@pytest.mark.parametrize("form", FORMS)
@pytest.mark.parametrize("lot", ["A1", "A2", "A1-B", "A/3"])
def test_a_chart_of_a_clients_batch_names_nothing_of_another(browse, lot, form):
    answer = browse("client").get(f"/charts/batch/VAX/{lot}", params={"form": form, "width": 4000})
    assert answer.status_code == 200
    assert MARK not in answer.text.lower()
    assert "S1" not in answer.text
    assert not any(value in answer.text for value in HIDDEN_VALUES)


def test_a_client_does_not_see_the_value_that_held_when_its_stay_began(browse, site):
    site.api("admin").post(
        "/placements",
        {
            "product": "VAX",
            "lot": "A1-B",
            "location": "ROOM-1",
            "from": "2026-01-01T01:55:00Z",
            "to": "2026-01-01T02:00:00Z",
        },
    ).raise_for_status()
    mine = browse("client").get("/charts/batch/VAX/A1-B", params={"width": 4000})
    theirs = browse("viewer").get("/charts/batch/VAX/A1-B", params={"width": 4000})
    assert HIDDEN_VALUES[0] in theirs.text
    assert HIDDEN_VALUES[0] not in mine.text
    assert mine.json()["gaps"] == []


def test_what_is_anothers_is_as_if_it_were_not_there(browse):
    client = browse("client")
    for path in ("batch/VAX/ZZ1", "batch/VAX/NONE", "batch/ZZPROD/ZZ2"):
        assert client.get(f"/charts/{path}").status_code == 404
    for path in ("place/ROOM-1", "problem/1"):
        assert client.get(f"/charts/{path}").status_code == 403


@pytest.mark.parametrize(
    "query",
    [
        {"since": "2026-01-02T00:00:00Z", "until": "2026-01-01T00:00:00Z"},
        {"since": "0001-01-01T00:00:00Z"},
        {"until": "9999-12-31T23:59:59Z"},
        {"quantity": "pressure"},
        {"width": "0"},
        {"form": "nonsense"},
    ],
)
def test_a_question_that_makes_no_sense_is_refused(browse, query):
    assert browse("qa").get("/charts/place/ROOM-1", params=query).status_code == 422


def test_units_and_places_that_are_not_there_are_not_found(browse):
    qa = browse("qa")
    assert qa.get("/charts/batch/VAX/A1", params={"unit": "NONE"}).status_code == 404
    assert qa.get("/charts/place/NONE").status_code == 404
    assert qa.get("/charts/problem/99").status_code == 404
