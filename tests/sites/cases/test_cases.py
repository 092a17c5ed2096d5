"""A file of cases is refused whole by line, or judged; what is said otherwise is told."""

from pathlib import Path

import pytest

from domain.errors import Refused
from sites.cases.file import load_cases
from sites.cases.trial import Difference, answer_of, differences

PROFILES = """\
profiles:
  - id: p
    version: 1
    effective_from: 2026-01-01T00:00:00Z
    rules: [{id: warm, kind: limit, above: 8, for: 1h, action: hold}]
  - id: p
    version: 2
    effective_from: 2026-02-01T00:00:00Z
    rules: [{id: warm, kind: limit, above: 8, for: 2h, action: hold}]
  - id: road
    version: 1
    effective_from: 2026-01-01T00:00:00Z
    rules: [{id: road, kind: cumulative, above: 8, total: 1h, at_kinds: [truck], action: hold}]
  - id: air
    version: 1
    effective_from: 2026-01-01T00:00:00Z
    rules: [{id: warm, kind: limit, above: 8}, {id: damp, kind: limit, quantity: humidity, above: 60}]
cases:
"""
FIRST = 19  # the line of the first case


def problems_in(tmp_path: Path, text: str) -> list[str]:
    path = tmp_path / "C.yaml"
    path.write_text(text, encoding="utf-8")
    with pytest.raises(Refused) as caught:
        load_cases(path)
    return list(caught.value.problems)


def found(tmp_path: Path, *cases: str) -> list[list[Difference]]:
    """Return what each case differs in."""
    path = tmp_path / "C.yaml"
    path.write_text(PROFILES + "\n".join(f"  - {{name: n, {case}}}" for case in cases), encoding="utf-8")
    return [differences(case, answer_of(case)) for case in load_cases(path)]


def holds(tmp_path: Path, case: str) -> bool:
    return found(tmp_path, case) == [[]]


WARM = 'profile: p@1, series: {temperature: "5 x 1h, 9 x 1h, 5"}'


@pytest.mark.parametrize(
    "expected",
    [
        "verdict: hold",
        "fired: [warm at +2h hold]",
        "fired: [warm at +120min]",
        "fired: [warm at about +121min hold]",
        "fired: ['warm at 2026-01-01T02:00:00Z']",
        "exposures: [warm +1h..+2h]",
        "exposures: ['warm +1h..+2h, 60 min, 60 degree min, peak 9, fired at +2h']",
        "coverage: 1, unknown_minutes: 0, longest_gap_minutes: 0",
    ],
)
def test_what_is_said_is_met_in_all_that_was_written_down(tmp_path: Path, expected: str) -> None:
    assert holds(tmp_path, f"{WARM}, expect: {{{expected}}}")


@pytest.mark.parametrize(
    ("expected", "said"),
    [
        ("verdict: ok", ["- ok", "+ hold"]),
        ("fired: []", ["+ warm at +2h hold"]),
        ("fired: [warm at about +122min]", ["- warm at about +122min", "+ warm at +2h hold"]),
        ("fired: [warm at +2h review]", ["- warm at +2h review", "+ warm at +2h hold"]),
        ("fired: [warm at +2h, warm at +3h]", ["  warm at +2h", "- warm at +3h"]),
        (
            "exposures: ['warm +1h..+2h, peak 9.1']",
            [
                "- warm +1h..+2h, peak 9.1",
                "+ warm +1h..+2h, 60 min, 60 degree min, peak 9, fired at +2h",
            ],
        ),
        ("exposures: ['warm +1h..+2h, not fired']", None),
        ("exposures: ['warm +1h..']", None),
        ("coverage: 0.5", ["- 0.5", "+ 1"]),
        ("longest_gap_minutes: 3", ["- 3", "+ 0"]),
    ],
)
def test_what_is_said_otherwise_is_shown_line_by_line(tmp_path: Path, expected: str, said: list[str] | None) -> None:
    [[difference]] = found(tmp_path, f"{WARM}, expect: {{{expected}}}")
    assert said is None or list(difference.lines()) == said


def test_a_version_named_is_in_force_alone_else_each_from_its_date(tmp_path: Path) -> None:
    series = 'series: {temperature: "9 x 90min, 5"}'
    late = "start: 2026-02-02T00:00:00Z"
    assert holds(tmp_path, f"profile: p@1, {series}, {late}, expect: {{verdict: hold}}")
    assert holds(tmp_path, f"profile: p, {series}, {late}, expect: {{verdict: ok}}")
    assert holds(tmp_path, f"profile: p, {series}, start: 2026-01-02T00:00:00Z, expect: {{verdict: hold}}")
    assert holds(tmp_path, f"profile: p, {series}, expect: {{verdict: ok}}")  # from the last version's date on


def test_until_ends_the_question(tmp_path: Path) -> None:
    assert holds(tmp_path, f"{WARM}, until: +90min, expect: {{verdict: ok, exposures: [warm +1h..]}}")


def test_several_sensors_speak_where_they_hang(tmp_path: Path) -> None:
    series = 'series: {S1: {temperature: "5 x 2h"}, S2: {temperature: "9 x 2h"}}'
    assert holds(tmp_path, f"profile: p@1, {series}, expect: {{verdict: hold}}")
    apart = series.replace("S2: {", "S2: {location: ROOM 2, ")
    assert holds(tmp_path, f"profile: p@1, {apart}, stays: [PLACE], expect: {{verdict: ok}}")
    assert holds(
        tmp_path, f"profile: p@1, {apart}, stays: [PLACE +0..+30min, ROOM 2 +30min..], expect: {{verdict: hold}}"
    )
    assert holds(
        tmp_path,
        f"profile: p@1, {apart}, stays: [ROOM 2 ..+50min], expect: {{fired: [], exposures: [warm +0..+50min]}}",
    )


def test_places_are_of_the_kinds_that_were_said(tmp_path: Path) -> None:
    case = 'profile: road, series: {temperature: "9 x 2h"}'
    assert holds(tmp_path, f"{case}, kinds: {{PLACE: truck}}, expect: {{fired: [road at +1h hold]}}")
    assert holds(tmp_path, f"{case}, kinds: {{PLACE: room}}, expect: {{fired: []}}")
    assert holds(tmp_path, f"{case}, expect: {{fired: []}}")


def test_both_quantities_are_heard(tmp_path: Path) -> None:
    series = 'series: {temperature: "5 x 1h", humidity: "50 x 30min, 70 x 30min"}'
    assert holds(tmp_path, f"profile: air, {series}, expect: {{fired: [damp at +30min notify]}}")


def test_profiles_of_another_file_are_found_beside_it(tmp_path: Path) -> None:
    (tmp_path / "site.yaml").write_text(PROFILES.replace("cases:\n", "").replace("id: p", "id: q"), encoding="utf-8")
    path = tmp_path / "C.yaml"
    case = '{name: n, profile: q@2, series: {temperature: "9 x 2h"}, expect: {verdict: hold}}'
    path.write_text(f"profiles_in: [site.yaml]\ncases: [{case}]", encoding="utf-8")
    assert [differences(each, answer_of(each)) for each in load_cases(path)] == [[]]


OK = 'profile: p, series: {temperature: "5"}, expect: {verdict: ok}'


@pytest.mark.parametrize(
    ("case", "problem"),
    [
        (OK.replace("profile: p", "profile: pp"), 'profile: no profile "pp" here or in the library (did you mean "p"?)'),  # noqa: E501
        (OK.replace("profile: p", "profile: p@3"), "profile: no version '3' of \"p\"; known: 1, 2"),
        (OK.replace("profile: p,", ""), "profile is missing"),
        (OK.replace("verdict: ok", "verdict: okay"), "expect.verdict: must be one of hold, review, unknown, ok, not 'okay' (did you mean \"ok\"?)"),  # noqa: E501
        (OK.replace("expect: {verdict: ok}", "expects: {}"), 'expects: unknown field (did you mean "expect"?)'),
        (OK.replace("verdict: ok", ""), "expect: names at least one of verdict, fired"),
        (OK.replace("verdict: ok", "fired: [wram at +0]"), 'expect.fired[0]: no rule "wram" in the profile (did you mean "warm"?)'),  # noqa: E501
        (OK.replace("verdict: ok", "fired: [warm]"), "expect.fired[0]: not like 'too-warm at +75min hold': 'warm'"),
        (OK.replace("verdict: ok", "fired: [warm at 5]"), "expect.fired[0]: neither like +75min"),
        (OK.replace("verdict: ok", "exposures: [warm +0]"), "expect.exposures[0]: not like"),
        (OK.replace("verdict: ok", "exposures: ['warm +0.., pek 9']"), "expect.exposures[0]: cannot be read: 'pek 9'"),
        (OK.replace("verdict: ok", "exposures: warm"), "expect.exposures: must be a list"),
        (OK.replace('"5"', '"5 x"'), "series.temperature: cannot be read: '5 x'"),
        (OK.replace("temperature", "temprature"), 'series.temprature: unknown field (did you mean "temperature"?)'),
        (OK.replace('{temperature: "5"}', "{}"), "series is missing"),
        (OK + ", every: 5", "every: not a duration"),
        (OK + ", every: 0min", "every: must be longer than 0"),
        (OK + ", start: now", "start: not an RFC 3339 time"),
        (OK + ", until: 5", "until: neither like +75min"),
        (OK + ", until: 2025-12-31T00:00:00Z", "until: is before the start"),
        (OK + ", kinds: {PLASE: truck}", 'kinds.PLASE: unknown field (did you mean "PLACE"?)'),
        (OK + ", stays: [ROOM +2h..+1h]", "stays[0]: ends before it begins"),
        (OK.replace('{temperature: "5"}', '{A: {temperature: "5"}, B: {location: X, temperature: "5"}}'), "stays is missing: the sensors hang at PLACE, X"),  # noqa: E501
    ],
)  # fmt: skip
def test_what_is_wrong_is_named_with_its_line(tmp_path: Path, case: str, problem: str) -> None:
    told = problems_in(tmp_path, PROFILES + f"  - {{name: n, {case}}}\n")
    place = f"C.yaml:{FIRST} cases[0]"
    assert any(line.removeprefix(place).lstrip(".: ").startswith(problem) for line in told), told
    assert all(line.startswith(place) for line in told)


def test_a_file_is_refused_whole_with_every_problem_in_order(tmp_path: Path) -> None:
    wrong = PROFILES.replace("kind: limit, above: 8, for: 1h", "kind: limt, above: 8").replace("id: p", "id: q")
    told = problems_in(tmp_path, wrong + f"  - {{name: n, {OK}}}\n  - 7\n")
    assert [line.partition(" ")[0] for line in told] == ["C.yaml:5", "C.yaml:19", "C.yaml:20"]
    assert told[0].endswith('(did you mean "limit"?)')


def test_a_file_without_cases_or_of_another_form_is_refused(tmp_path: Path) -> None:
    assert problems_in(tmp_path, "profiles: []") == ["C.yaml:1: has no cases"]
    assert problems_in(tmp_path, "- a") == ["C.yaml:1: must be a mapping", "C.yaml:1: has no cases"]
    [problem] = problems_in(tmp_path, "cases:\n  - [")
    assert problem.startswith("C.yaml:") and "not YAML" in problem
    [problem] = problems_in(tmp_path, f"profiles_in: [none.yaml]\n{PROFILES}  - {{name: n, {OK}}}")
    assert problem == "C.yaml:1 profiles_in[0]: 'none.yaml' cannot be read: No such file or directory"
