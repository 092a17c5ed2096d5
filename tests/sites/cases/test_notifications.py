"""What people would be told of a case: off-delays and the pause of an hour can be tested with the rules."""

from pathlib import Path

import pytest

from domain.errors import Refused
from sites.cases.file import load_cases
from sites.cases.trial import Difference, answer_of, differences

CASE = """\
profiles:
  - id: p
    version: 1
    effective_from: 2026-01-01T00:00:00Z
    rules:
      - {{id: warm, kind: limit, above: 8, for: 10min{more}}}
      - {{id: silent, kind: silence, after: 45min}}
cases: [{{name: n, profile: p, series: {{temperature: "{series}"}}, expect: {{{expected}}}}}]
"""
TWICE = "5 x 1h, 9 x 30min, 5 x {apart}, 9 x 30min, 5 x 1h"


def differs(tmp_path: Path, series: str, told: str, more: str = "") -> list[Difference]:
    path = tmp_path / "C.yaml"
    path.write_text(CASE.format(series=series, expected=f"told: {told}", more=more), encoding="utf-8")
    [case] = load_cases(path)
    return differences(case, answer_of(case))


@pytest.mark.parametrize(
    ("series", "more", "told"),
    [
        ("5 x 3h", "", "[]"),
        ("5 x 1h, 9 x 5min, 5 x 1h", "", "[]"),  # for too short
        ("5 x 1h, 9 x 30min, 5 x 1h", "", "[temperature high +70min..+90min]"),
        ("5 x 1h, 9 x 30min, 5 x 1h", ", off_delay: 20min", "[temperature high +70min..+110min]"),
        ("5 x 1h, 9 x 30min, 5 x 10min", ", off_delay: 20min", "[temperature high +70min..]"),
        ("5 x 1h, 9 x 30min, 5 x 10min, 9 x 5min, 5 x 1h", ", off_delay: 20min",
         "[temperature high +70min..+125min]"),  # outside again, though that does not fire
        (TWICE.format(apart="30min"), "", "[temperature high +70min..+150min]"),
        (TWICE.format(apart="2h"), "", "[temperature high +70min..+90min, temperature high +220min..+4h]"),
        (TWICE.format(apart="2h"), ", off_delay: 3h", "[temperature high +70min..]"),
        ("5 x 1h, _ x 2h", "", "[silent +100min..]"),
    ],
)  # fmt: skip
def test_people_are_told_from_when_something_fired_until_its_off_delay_has_passed(tmp_path, series, more, told):
    assert differs(tmp_path, series, told, more) == []


def test_what_is_told_otherwise_is_a_line_of_the_diff(tmp_path):
    [difference] = differs(tmp_path, "5 x 1h, 9 x 30min, 5 x 1h", "[temperature high +70min..+2h]")
    assert list(difference.lines()) == ["- temperature high +70min..+2h", "+ temperature high +70min..+90min"]


@pytest.mark.parametrize(
    ("told", "problem"),
    [
        ("[warm +1h..]", "told[0]: not like 'temperature high +2h..+155min': 'warm +1h..'"),
        ("[temperature high 1h..]", "told[0]: neither like +75min or +1d2h nor an RFC 3339 time: '1h'"),
    ],
)
def test_what_cannot_be_read_is_refused_at_its_place(tmp_path, told, problem):
    with pytest.raises(Refused) as caught:
        differs(tmp_path, "5 x 1h", told)
    assert list(caught.value.problems) == [f"C.yaml:8 cases[0].expect.{problem}"]
